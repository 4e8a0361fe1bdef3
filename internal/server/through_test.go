package server

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
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

// TestTheWatchdogsRequestNeverReachesWhatRoutesTheRest: a proxy behind NoRoute, a
// catch-all route. Middleware sees a path that tells nothing.
func TestTheWatchdogsRequestNeverReachesWhatRoutesTheRest(t *testing.T) {
	for name, rest := range map[string]func(*gin.Engine, gin.HandlerFunc){
		"NoRoute":   func(r *gin.Engine, proxy gin.HandlerFunc) { r.NoRoute(proxy) },
		"catch-all": func(r *gin.Engine, proxy gin.HandlerFunc) { r.Any("/*path", proxy) },
	} {
		s, err := New(Options{Environment: "test"})
		if err != nil {
			t.Fatal(err)
		}
		var seen []string
		s.Engine().Use(func(c *gin.Context) { seen = append(seen, c.Request.URL.Path, c.Request.RequestURI, c.FullPath()) })
		rest(s.Engine(), func(c *gin.Context) { c.AbortWithStatus(http.StatusBadGateway) })
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, s.ThroughPath(), nil))
		if w.Code != http.StatusNoContent {
			t.Errorf("%s: the probe got %d, want 204", name, w.Code)
		}
		if got := strings.Join(seen, " "); got != "/livez /livez /livez" {
			t.Errorf("%s: middleware sees %q", name, got)
		}
	}
}

// TestMiddlewareMayAnswerTheWatchdogsRequest: maintenance, say, and also where it has
// replaced the request's context.
func TestMiddlewareMayAnswerTheWatchdogsRequest(t *testing.T) {
	for status, middleware := range map[int]gin.HandlerFunc{
		http.StatusServiceUnavailable: func(c *gin.Context) { c.AbortWithStatus(http.StatusServiceUnavailable) },
		http.StatusNoContent:          func(c *gin.Context) { c.Request = c.Request.WithContext(context.Background()) },
	} {
		s, err := New(Options{Environment: "test"})
		if err != nil {
			t.Fatal(err)
		}
		s.Engine().Use(middleware)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, s.ThroughPath(), nil))
		if w.Code != status {
			t.Errorf("the probe got %d, want %d", w.Code, status)
		}
	}
}
