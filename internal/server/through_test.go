package server

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gin-gonic/gin"
)

// TestTheWatchdogsRequestPassesTheApplicationsMiddleware: what hangs there hangs
// the probe as well.
func TestTheWatchdogsRequestPassesTheApplicationsMiddleware(t *testing.T) {
	s, err := New(Options{Environment: "test"})
	if err != nil {
		t.Fatal(err)
	}
	passed := 0
	s.Engine().Use(func(*gin.Context) { passed++ })
	get := func(path string) int {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		return w.Code
	}
	if status := get(s.ThroughPath()); status != http.StatusNoContent || passed != 1 {
		t.Errorf("the probe got %d and passed the middleware %d times, want 204 and once", status, passed)
	}
	if status := get("/livez/guess"); status != http.StatusNotFound {
		t.Errorf("a guess got %d, want 404", status)
	}
}

func TestTheWatchdogsRequestNeverReachesAMountedHandler(t *testing.T) {
	s, err := New(Options{Environment: "test"})
	if err != nil {
		t.Fatal(err)
	}
	s.Mount(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the handler was called") }))
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, s.ThroughPath(), nil))
	if w.Code != http.StatusNoContent {
		t.Errorf("the probe got %d, want 204", w.Code)
	}
}
