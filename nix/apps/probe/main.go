// probe asks URLs and exits with 0 if all answers are a success (2xx), else with 1. It is what a container runtime runs
// as the health check of an image that holds neither a shell nor curl.
package main

import (
	"fmt"
	"net/http"
	"os"
	"sync"
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

// probeAll asks all URLs at the same time, so that many take no longer than one. It returns what went wrong, in the order
// of the URLs.
func probeAll(urls []string) []error {
	results := make([]error, len(urls))
	var wait sync.WaitGroup
	for i, url := range urls {
		wait.Add(1)
		go func(i int, url string) {
			defer wait.Done()
			results[i] = probe(url)
		}(i, url)
	}
	wait.Wait()
	var failed []error
	for _, err := range results {
		if err != nil {
			failed = append(failed, err)
		}
	}
	return failed
}

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: probe URL...")
		os.Exit(2)
	}
	failed := probeAll(os.Args[1:])
	for _, err := range failed {
		fmt.Fprintln(os.Stderr, "probe:", err)
	}
	if len(failed) > 0 {
		os.Exit(1)
	}
}
