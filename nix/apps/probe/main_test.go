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
