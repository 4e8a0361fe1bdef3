//go:build linux

package service

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gind/gind/vm-tests/machine"
)

// Where the service listens, for machine.Dial and for URLs.
const (
	Address = "127.0.0.1:8080"
	Origin  = "http://" + Address
)

// Answer is a response that was read to its end.
type Answer struct {
	Status int
	Header http.Header
	Body   string
}

// Get makes a request, with headers such as "X-Request-ID: 1", and ends the test
// if there is no answer.
func Get(t *testing.T, client *http.Client, path string, headers ...string) Answer {
	t.Helper()
	response, err := Request(client, path, headers...)
	if err != nil {
		t.Fatalf("GET %s: %v", path, err)
	}
	return response
}

// Request is Get for goroutines, which cannot end the test.
func Request(client *http.Client, path string, headers ...string) (Answer, error) {
	request, err := http.NewRequest(http.MethodGet, Origin+path, nil)
	if err != nil {
		return Answer{}, err
	}
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		request.Header.Set(name, value)
	}
	response, err := client.Do(request)
	if err != nil {
		return Answer{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return Answer{response.StatusCode, response.Header, string(body)}, err
}

// RecordOf is the one record of a request. Records are written behind the
// requests, so it may take a moment.
func RecordOf(t *testing.T, m *machine.Machine, id string) machine.Record {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		records := m.Journal("-u", "gind", "REQUEST_ID="+id)
		if len(records) == 1 {
			return records[0]
		}
		if len(records) > 1 || time.Now().After(deadline) {
			t.Fatalf("request %s has %d records, want 1:\n%s", id, len(records), machine.Messages(records))
		}
	}
}
