// bt-backend is the example service of the reference deployment: a small HTTP API that can tell whether it is well,
// counts its requests for Prometheus and sends a span per request to an OTLP collector.
//
// Environment:
//
//	PORT                          port to listen on (default 8080)
//	OTEL_SERVICE_NAME             name of the service in traces (default bt-backend)
//	OTEL_EXPORTER_OTLP_ENDPOINT   base URL of an OTLP/HTTP collector; traces are off without it
//	OTEL_EXPORTER_OTLP_PROTOCOL   only http/json is spoken here
//
// With --healthcheck it asks the instance that listens on PORT, and exits with 0 if that is well and with 1 if not.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"
)

// version is set by the linker.
var version = "dev"

type config struct {
	port     string
	service  string
	endpoint string
}

func configFromEnv(getenv func(string) string) (config, error) {
	or := func(value, fallback string) string {
		if value == "" {
			return fallback
		}
		return value
	}
	c := config{
		port:     or(getenv("PORT"), "8080"),
		service:  or(getenv("OTEL_SERVICE_NAME"), "bt-backend"),
		endpoint: getenv("OTEL_EXPORTER_OTLP_ENDPOINT"),
	}
	if n, err := strconv.Atoi(c.port); err != nil || n < 1 || n > 65535 {
		return c, fmt.Errorf("PORT is not a port number: %q", c.port)
	}
	if p := getenv("OTEL_EXPORTER_OTLP_PROTOCOL"); c.endpoint != "" && p != "" && p != "http/json" {
		return c, fmt.Errorf("OTEL_EXPORTER_OTLP_PROTOCOL is %q, but only http/json is supported", p)
	}
	return c, nil
}

// newHandler is the whole API. Every request but those for health and metrics is counted and traced.
func newHandler(c config, m *metrics, t *tracer, started time.Time) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/health", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, map[string]string{"status": "ok"})
	})
	mux.HandleFunc("/metrics", m.serve)
	mux.Handle("/api/status", observed("/api/status", m, t, func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, map[string]any{
			"service":       c.service,
			"version":       version,
			"uptimeSeconds": int(time.Since(started).Seconds()),
			"tracing":       c.endpoint != "",
		})
	}))
	return mux
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(body); err != nil {
		log.Printf("response: %v", err)
	}
}

func healthcheck(port string) error {
	client := http.Client{Timeout: 3 * time.Second}
	response, err := client.Get("http://" + net.JoinHostPort("127.0.0.1", port) + "/health")
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return errors.New(response.Status)
	}
	return nil
}

func serve(c config) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()

	tracer := newTracer(c.service, c.endpoint)
	server := &http.Server{
		Addr:              ":" + c.port,
		Handler:           newHandler(c, newMetrics(), tracer, time.Now()),
		ReadHeaderTimeout: 5 * time.Second,
	}

	failed := make(chan error, 1)
	go func() { failed <- server.ListenAndServe() }()
	log.Printf("%s %s listens on port %s", c.service, version, c.port)

	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}

	grace, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	err := server.Shutdown(grace)
	tracer.shutdown(grace)
	return err
}

func main() {
	check := flag.Bool("healthcheck", false, "ask the running instance whether it is well, and exit")
	showVersion := flag.Bool("version", false, "print the version, and exit")
	flag.Parse()

	if *showVersion {
		fmt.Println("bt-backend", version)
		return
	}
	c, err := configFromEnv(os.Getenv)
	if err != nil {
		log.Fatal(err)
	}
	if *check {
		err = healthcheck(c.port)
	} else {
		err = serve(c)
	}
	if err != nil {
		log.Fatal(err)
	}
}
