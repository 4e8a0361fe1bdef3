package server

import (
	"encoding/json"
	"net/http"
	"runtime"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/gind/gind/internal/health"
)

// ownEndpoints are the Server's own paths. They come before a catch-all of the
// application, and after a route of the application with the very same path.
type ownEndpoints map[string]*ownEndpoint

type ownEndpoint struct {
	serve http.HandlerFunc
	quiet bool // not in the access log at info
}

func (s *Server) ownEndpoints() ownEndpoints {
	return ownEndpoints{
		"/healthz": {s.probe("healthz", health.Live, health.Ready, health.Advisory), true},
		"/livez":   {s.probe("livez", health.Live), true},
		"/readyz":  {s.probe("readyz", health.Ready, health.Advisory), true},
		"/metrics": {s.metrics.handler(), true},
		"/version": {s.options.Version.serve, false},
	}
}

// ownEndpoint returns the endpoint that a request is for, or nil.
func (s *Server) ownEndpoint(c *gin.Context) *ownEndpoint {
	path := c.Request.URL.Path
	own := s.own[path]
	if own == nil || c.FullPath() == path {
		return nil
	}
	return own
}

func (x *exchange) serveOwn(own *ownEndpoint, r *http.Request) {
	x.probe = own.quiet
	x.route = r.URL.Path
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		x.Header().Set("Allow", "GET, HEAD")
		x.problem(http.StatusMethodNotAllowed, "")
		return
	}
	own.serve(x, r)
}

// leaveTo takes out the endpoints for which h has a pattern of its own.
func (o ownEndpoints) leaveTo(h http.Handler) {
	mux, ok := h.(*http.ServeMux)
	if !ok {
		return
	}
	for path := range o {
		r, err := http.NewRequest(http.MethodGet, path, nil)
		if err != nil {
			continue
		}
		if _, pattern := mux.Handler(r); pattern == path || pattern == http.MethodGet+" "+path {
			delete(o, path)
		}
	}
}

func (v Version) serve(w http.ResponseWriter, _ *http.Request) {
	if v.Go == "" {
		v.Go = runtime.Version()
	}
	body, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(append(body, '\n'))
}

func (m *metrics) handler() http.HandlerFunc {
	h := promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		Registry:          m.registry,
		ErrorLog:          m,
		ErrorHandling:     promhttp.ContinueOnError,
		EnableOpenMetrics: true,
	})
	return func(w http.ResponseWriter, r *http.Request) { h.ServeHTTP(&deafWriter{ResponseWriter: w}, r) }
}

// deafWriter keeps from promhttp that the client went away, of which it would
// complain once for each family of metrics.
type deafWriter struct {
	http.ResponseWriter
	gone bool
}

// Write implements http.ResponseWriter.
func (w *deafWriter) Write(p []byte) (int, error) {
	if !w.gone {
		_, err := w.ResponseWriter.Write(p)
		w.gone = err != nil
	}
	return len(p), nil
}
