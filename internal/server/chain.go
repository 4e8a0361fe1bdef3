package server

import (
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
)

// ServeHTTP takes a request through the whole chain, without a listener.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := &exchange{
		server:  s,
		rw:      w,
		request: r,
		start:   time.Now(),
		method:  r.Method,
		path:    target(r),
		remote:  r.RemoteAddr,
	}
	through := x.markThrough()
	x.read(r.Header)
	s.accounts.begin(s, x)
	defer x.end()

	x.write(w.Header())
	x.limit(r.Context(), x.start, x.live.HandlerTimeout)
	x.catchUp()
	x.request = r.WithContext(x)
	if through {
		s.serveThrough(x)
		return
	}
	s.engine.ServeHTTP(x, x.request)
}

// route is the part of the chain that needs Gin: it runs in the router, before
// the application's own middleware.
func (s *Server) route(c *gin.Context) {
	x := exchangeOf(c.Request.Context())
	if x == nil || x.server != s { // the engine was called by itself
		s.ServeHTTP(c.Writer, c.Request)
		c.Abort()
		return
	}
	if s.trustsProxies() {
		x.client = c.ClientIP()
	}
	if x.cross(c); c.IsAborted() {
		return
	}
	if !x.admitBody(c.Request) {
		x.tell(c)
		return
	}
	if own := s.ownEndpoint(c); own != nil {
		x.serveOwn(own, c.Request)
		x.tell(c)
		return
	}
	x.route = c.FullPath()
	c.Next()
	x.conclude(c)
}

// conclude looks at what the handler left behind.
func (x *exchange) conclude(c *gin.Context) {
	if len(c.Errors) > 0 {
		x.failed = printable(strings.Join(c.Errors.Errors(), "; "), maxLoggedError)
	}
	if x.wrote || c.Writer.Written() || c.Writer.Status() != http.StatusOK {
		return
	}
	switch {
	case x.tooLarge.Load():
		x.refuseBody()
		x.tell(c)
	case x.expired():
		x.problem(http.StatusServiceUnavailable, "The request took too long.")
		x.tell(c)
	}
}

// tell lets Gin know that the response was written around it, and ends the
// chain. Gin would write one of its own otherwise.
func (x *exchange) tell(c *gin.Context) {
	x.answered = true
	c.Status(x.status)
	c.Writer.WriteHeaderNow()
	c.Abort()
}

// target returns the path of the request target as the client sent it.
func target(r *http.Request) string {
	uri := r.RequestURI
	if uri == "" { // made by a program, not read from a connection
		uri = r.URL.EscapedPath()
	}
	path, _, _ := strings.Cut(uri, "?")
	return path
}
