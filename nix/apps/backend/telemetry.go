package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"
)

// metrics counts requests by path and status code, in the text format of Prometheus.
type metrics struct {
	mu       sync.Mutex
	requests map[[2]string]uint64
}

func newMetrics() *metrics {
	return &metrics{requests: map[[2]string]uint64{}}
}

func (m *metrics) count(path string, code int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.requests[[2]string{path, strconv.Itoa(code)}]++
}

func (m *metrics) serve(w http.ResponseWriter, _ *http.Request) {
	m.mu.Lock()
	lines := make([]string, 0, len(m.requests))
	for key, n := range m.requests {
		lines = append(lines, fmt.Sprintf("bt_backend_requests_total{path=%q,code=%q} %d\n", key[0], key[1], n))
	}
	m.mu.Unlock()
	sort.Strings(lines)

	w.Header().Set("Content-Type", "text/plain; version=0.0.4")
	fmt.Fprint(w, "# HELP bt_backend_requests_total Requests served.\n",
		"# TYPE bt_backend_requests_total counter\n", strings.Join(lines, ""))
}

// span is one request, as OTLP writes it in JSON.
type span struct {
	TraceID           string      `json:"traceId"`
	SpanID            string      `json:"spanId"`
	ParentSpanID      string      `json:"parentSpanId,omitempty"`
	Name              string      `json:"name"`
	Kind              int         `json:"kind"`
	StartTimeUnixNano string      `json:"startTimeUnixNano"`
	EndTimeUnixNano   string      `json:"endTimeUnixNano"`
	Attributes        []attribute `json:"attributes"`
}

type attribute struct {
	Key   string         `json:"key"`
	Value map[string]any `json:"value"`
}

func text(key, value string) attribute {
	return attribute{key, map[string]any{"stringValue": value}}
}

const (
	spanKindServer = 2
	batchSize      = 128
	batchDelay     = 2 * time.Second
)

// tracer collects spans and sends them in batches. Without an endpoint it drops them.
type tracer struct {
	service string
	url     string
	client  http.Client
	spans   chan span
	done    chan struct{}
}

func newTracer(service, endpoint string) *tracer {
	t := &tracer{
		service: service,
		client:  http.Client{Timeout: 5 * time.Second},
		spans:   make(chan span, 1024),
		done:    make(chan struct{}),
	}
	if endpoint != "" {
		t.url = strings.TrimSuffix(endpoint, "/") + "/v1/traces"
	}
	go t.run()
	return t
}

// record never blocks a request: a full queue loses the span.
func (t *tracer) record(s span) {
	if t.url == "" {
		return
	}
	select {
	case t.spans <- s:
	default:
	}
}

func (t *tracer) run() {
	defer close(t.done)
	tick := time.NewTicker(batchDelay)
	defer tick.Stop()
	var batch []span
	for {
		select {
		case s, open := <-t.spans:
			if !open {
				t.send(batch)
				return
			}
			if batch = append(batch, s); len(batch) < batchSize {
				continue
			}
		case <-tick.C:
		}
		t.send(batch)
		batch = nil
	}
}

func (t *tracer) send(batch []span) {
	if len(batch) == 0 {
		return
	}
	body, err := json.Marshal(map[string]any{
		"resourceSpans": []any{map[string]any{
			"resource": map[string]any{"attributes": []attribute{
				text("service.name", t.service),
				text("service.version", version),
			}},
			"scopeSpans": []any{map[string]any{
				"scope": map[string]string{"name": "bt-backend"},
				"spans": batch,
			}},
		}},
	})
	if err != nil {
		log.Printf("traces: %v", err)
		return
	}
	response, err := t.client.Post(t.url, "application/json", bytes.NewReader(body))
	if err != nil {
		log.Printf("traces: %v", err)
		return
	}
	response.Body.Close()
	if response.StatusCode/100 != 2 {
		log.Printf("traces: %s answers %s", t.url, response.Status)
	}
}

// shutdown sends what is left. No request may be under way any more.
func (t *tracer) shutdown(ctx context.Context) {
	close(t.spans)
	select {
	case <-t.done:
	case <-ctx.Done():
	}
}

var traceparent = regexp.MustCompile(`^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$`)

// parent reads the W3C trace context of a request; without one a new trace begins.
func parent(header string) (traceID, spanID string) {
	if found := traceparent.FindStringSubmatch(header); found != nil {
		return found[1], found[2]
	}
	return randomID(16), ""
}

func randomID(size int) string {
	id := make([]byte, size)
	if _, err := rand.Read(id); err != nil {
		panic(err)
	}
	return hex.EncodeToString(id)
}

type statusRecorder struct {
	http.ResponseWriter
	status int
}

func (r *statusRecorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

// observed counts and traces the requests of a handler.
func observed(path string, m *metrics, t *tracer, next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		recorder := &statusRecorder{w, http.StatusOK}
		next(recorder, r)
		end := time.Now()

		m.count(path, recorder.status)
		traceID, parentID := parent(r.Header.Get("traceparent"))
		t.record(span{
			TraceID:           traceID,
			SpanID:            randomID(8),
			ParentSpanID:      parentID,
			Name:              r.Method + " " + path,
			Kind:              spanKindServer,
			StartTimeUnixNano: strconv.FormatInt(start.UnixNano(), 10),
			EndTimeUnixNano:   strconv.FormatInt(end.UnixNano(), 10),
			Attributes: []attribute{
				text("http.request.method", r.Method),
				text("url.path", path),
				{"http.response.status_code", map[string]any{"intValue": strconv.Itoa(recorder.status)}},
			},
		})
	})
}
