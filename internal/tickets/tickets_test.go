package tickets

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func open(t *testing.T, path string) *Ring {
	t.Helper()
	r, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// server answers over TLS with the keys of a ring, as a process of its own would.
func server(t *testing.T, certificate tls.Certificate, r *Ring) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
	s.TLS.SetSessionTicketKeys(r.Keys())
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

// resumes makes a request over a new connection.
func resumes(t *testing.T, s *httptest.Server, cache tls.ClientSessionCache) bool {
	t.Helper()
	transport := &http.Transport{
		DisableKeepAlives: true,
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true, ServerName: "example.com", ClientSessionCache: cache},
	}
	response, err := (&http.Client{Transport: transport}).Get(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	return response.TLS.DidResume
}

func TestSessionsAreResumedWithTheNextProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tickets")
	certificate := httptest.NewUnstartedServer(nil)
	certificate.StartTLS()
	defer certificate.Close()
	cache := tls.NewLRUClientSessionCache(8)
	first := server(t, certificate.TLS.Certificates[0], open(t, path))
	if resumes(t, first, cache) {
		t.Fatal("there was nothing to resume")
	}
	if !resumes(t, first, cache) {
		t.Fatal("the same process does not resume")
	}
	first.Close()
	if !resumes(t, server(t, certificate.TLS.Certificates[0], open(t, path)), cache) {
		t.Error("the next process does not resume")
	}
	strange := open(t, filepath.Join(t.TempDir(), "tickets"))
	if resumes(t, server(t, certificate.TLS.Certificates[0], strange), cache) {
		t.Error("a process with other keys resumes")
	}
}

func TestKeysAreRotatedAndForgotten(t *testing.T) {
	r := open(t, filepath.Join(t.TempDir(), "tickets"))
	now := time.Now()
	r.now = func() time.Time { return now }
	for day := range 10 {
		now = now.Add(Rotation)
		changed, err := r.refresh()
		if err != nil || !changed {
			t.Fatalf("day %d: changed %v, %v", day, changed, err)
		}
	}
	if n := len(r.Keys()); n != 7 {
		t.Errorf("%d keys are kept, want 7: a week of days", n)
	}
	if changed, err := r.refresh(); changed || err != nil {
		t.Errorf("they changed again at once: %v, %v", changed, err)
	}
}

func TestFilesThatOthersCanReadAreNotBelieved(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tickets")
	first := open(t, path).Keys()
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v, %v", info.Mode(), err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if same(first, open(t, path).Keys()) {
		t.Error("keys that others could read are in use")
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
		t.Errorf("the file was left at mode %v", info.Mode())
	}
}

func TestTwoProcessesShareTheKeys(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tickets")
	if !same(open(t, path).Keys(), open(t, path).Keys()) {
		t.Error("they differ")
	}
}

func FuzzParse(f *testing.F) {
	f.Add("1700000000 " + string(make([]byte, 64)) + "\n")
	f.Add("1 ff\n\n2")
	f.Fuzz(func(t *testing.T, text string) {
		if keys, err := parse(text); err == nil {
			for _, k := range keys {
				_ = k.made
			}
		}
	})
}
