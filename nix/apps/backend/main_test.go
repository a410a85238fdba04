package main

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

func env(pairs map[string]string) func(string) string {
	return func(key string) string { return pairs[key] }
}

func TestConfig(t *testing.T) {
	c, err := configFromEnv(env(map[string]string{"PORT": "12011"}))
	if err != nil || c.port != "12011" || c.service != "bt-backend" || c.endpoint != "" {
		t.Errorf("got %+v, %v", c, err)
	}
	for _, bad := range []map[string]string{
		{"PORT": "0"},
		{"PORT": "http"},
		{"PORT": "65536"},
		{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://alloy:4317", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
	} {
		if _, err := configFromEnv(env(bad)); err == nil {
			t.Errorf("%v: no error", bad)
		}
	}
}

func TestHealthcheck(t *testing.T) {
	server := httptest.NewServer(newHandler(config{}, newMetrics(), newTracer("test", ""), time.Now()))
	address, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(address.Host)
	if err != nil {
		t.Fatal(err)
	}
	if err := healthcheck(port); err != nil {
		t.Errorf("running: %v", err)
	}
	server.Close()
	if err := healthcheck(port); err == nil {
		t.Error("stopped: no error")
	}
}

func TestRequestIsCountedAndTraced(t *testing.T) {
	received := make(chan []byte, 1)
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v1/traces" || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %s", r.URL.Path, r.Header.Get("Content-Type"))
		}
		body, _ := io.ReadAll(r.Body)
		received <- body
	}))
	defer collector.Close()

	c := config{service: "test", endpoint: collector.URL}
	tracer := newTracer(c.service, c.endpoint)
	handler := newHandler(c, newMetrics(), tracer, time.Now())

	request := httptest.NewRequest(http.MethodGet, "/api/status", nil)
	request.Header.Set("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	response := httptest.NewRecorder()
	handler.ServeHTTP(response, request)
	if response.Code != http.StatusOK || !strings.Contains(response.Body.String(), `"service":"test"`) {
		t.Errorf("%d %s", response.Code, response.Body)
	}

	scrape := httptest.NewRecorder()
	handler.ServeHTTP(scrape, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	counted := `bt_backend_requests_total{path="/api/status",code="200"} 1`
	if !strings.Contains(scrape.Body.String(), counted) {
		t.Errorf("metrics: %s", scrape.Body)
	}

	tracer.shutdown(context.Background())
	var sent struct {
		ResourceSpans []struct {
			ScopeSpans []struct{ Spans []span }
		}
	}
	if err := json.Unmarshal(<-received, &sent); err != nil {
		t.Fatal(err)
	}
	got := sent.ResourceSpans[0].ScopeSpans[0].Spans[0]
	if got.TraceID != "0af7651916cd43dd8448eb211c80319c" || got.ParentSpanID != "b7ad6b7169203331" ||
		got.Name != "GET /api/status" {
		t.Errorf("span: %+v", got)
	}
}
