package server

import (
	"crypto/rand"
	"net/http"

	"github.com/gin-gonic/gin"
)

// newThroughPath is a path that no client can guess.
func newThroughPath() string { return "/livez/" + rand.Text() }

// ThroughPath is a path that only this process knows, for a watchdog that wants
// to know whether requests still get through. A GET of it goes through the whole
// chain, the application's own middleware included, up to where no route
// matches, and is answered there with 204. Middleware may answer it, for want of
// credentials say, and so may a catch-all route: every answer shows that
// requests are answered. It is not in the access log at info.
func (s *Server) ThroughPath() string { return s.through }

// markThrough notes that a request is the watchdog's.
func (x *exchange) markThrough() {
	if x.path == x.server.through {
		x.probe = true
		x.path = "/livez"
	}
}

// gotThrough answers the watchdog's request.
func (s *Server) gotThrough(c *gin.Context, x *exchange) bool {
	if c.Request.URL.Path != s.through {
		return false
	}
	x.route = "/livez"
	x.WriteHeader(http.StatusNoContent)
	x.tell(c)
	return true
}
