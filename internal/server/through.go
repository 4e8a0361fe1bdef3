package server

import (
	"crypto/rand"
	"net/http"

	"github.com/gin-gonic/gin"
)

// throughRoute is what the application's middleware sees of the watchdog's request:
// the path that leads here is nobody else's to know.
const throughRoute = "/livez"

// newThroughPath is a path that no client can guess.
func newThroughPath() string { return throughRoute + "/" + rand.Text() }

// ThroughPath is a path that only this process knows, for a watchdog that wants
// to know whether requests still get through. A GET of it goes through the whole
// chain, the application's own middleware included, as one of /livez, and is
// answered behind it with 204: no route of the application, no NoRoute handler
// and nothing that these ask has a part in it. Middleware may answer it, for want
// of credentials say. It is not in the access log at info.
func (s *Server) ThroughPath() string { return s.through }

// markThrough notes that a request is the watchdog's.
func (x *exchange) markThrough() bool {
	if x.path != x.server.through || x.method != http.MethodGet {
		return false
	}
	x.probe = true
	x.path = throughRoute
	return true
}

// serveThrough takes the watchdog's request through the application's middleware.
func (s *Server) serveThrough(x *exchange) {
	url := *x.request.URL
	url.Path, url.RawPath = throughRoute, ""
	x.request.URL, x.request.RequestURI = &url, throughRoute
	s.throughEngine().ServeHTTP(x, x.request)
}

// makeThroughEngine makes a router with the application's middleware and one route.
// It is made when the application has been set up.
func (s *Server) makeThroughEngine() *gin.Engine {
	ginGlobals.Lock()
	defer ginGlobals.Unlock()
	e := gin.New()
	e.ContextWithFallback = s.engine.ContextWithFallback
	e.ForwardedByClientIP, e.RemoteIPHeaders = s.engine.ForwardedByClientIP, s.engine.RemoteIPHeaders
	e.TrustedPlatform = s.engine.TrustedPlatform
	e.HTMLRender, e.FuncMap = s.engine.HTMLRender, s.engine.FuncMap
	_ = e.SetTrustedProxies(s.options.TrustedProxies) // the same as the application's router has
	e.Use(s.engine.Handlers...)
	e.GET(throughRoute, func(c *gin.Context) {
		c.Status(http.StatusNoContent)
		c.Writer.WriteHeaderNow()
	})
	return e
}
