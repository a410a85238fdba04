package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestProbe(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/ready" {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	if err := probe(server.URL + "/ready"); err != nil {
		t.Errorf("ready: %v", err)
	}
	if err := probe(server.URL + "/starting"); err == nil {
		t.Error("starting: no error")
	}
	server.Close()
	if err := probe(server.URL + "/ready"); err == nil {
		t.Error("stopped: no error")
	}
}

func TestProbeAll(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/ready" {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer server.Close()
	ready, starting := server.URL+"/ready", server.URL+"/starting"
	if failed := probeAll([]string{ready, ready}); len(failed) != 0 {
		t.Errorf("all ready: %v", failed)
	}
	if failed := probeAll([]string{ready, starting, ready, starting}); len(failed) != 2 {
		t.Errorf("two of four starting: %v", failed)
	}
}
