// probe asks a URL and exits with 0 if the answer is a success (2xx), else with 1. It is what a container runtime runs
// as the health check of an image that holds neither a shell nor curl.
package main

import (
	"fmt"
	"net/http"
	"os"
	"time"
)

const timeout = 3 * time.Second

func probe(url string) error {
	client := http.Client{Timeout: timeout}
	response, err := client.Get(url)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode/100 != 2 {
		return fmt.Errorf("%s answers %s", url, response.Status)
	}
	return nil
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: probe URL")
		os.Exit(2)
	}
	if err := probe(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "probe:", err)
		os.Exit(1)
	}
}
