// stack-server answers on PORT: /health, /metrics, and /api/ with what it was asked for. With -ask URL it asks instead,
// and exits with 0 when the answer is a success: the health check of images without a shell.
package main

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"sync/atomic"
	"time"
)

var requests uint64

func main() {
	url := flag.String("ask", "", "ask this URL instead of serving")
	flag.Parse()
	if *url != "" {
		client := http.Client{Timeout: 2 * time.Second}
		response, err := client.Get(*url)
		if err != nil || response.StatusCode/100 != 2 {
			fmt.Fprintln(os.Stderr, *url, "is not well:", err)
			os.Exit(1)
		}
		return
	}
	http.HandleFunc("/health", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, "ok")
	})
	http.HandleFunc("/metrics", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "stack_requests_total %d\n", atomic.LoadUint64(&requests))
	})
	http.HandleFunc("/api/", func(w http.ResponseWriter, r *http.Request) {
		atomic.AddUint64(&requests, 1)
		fmt.Fprintf(w, "the backend was asked for %s\n", r.URL.Path)
	})
	fmt.Fprintln(os.Stderr, http.ListenAndServe(":"+os.Getenv("PORT"), nil))
	os.Exit(1)
}
