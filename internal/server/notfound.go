package server

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// noRoute serves a file, if there is one, where no route matches.
func (s *Server) noRoute(c *gin.Context) {
	x := exchangeOf(c.Request.Context())
	if x == nil { // the application's middleware replaced the request's context
		return
	}
	if tree := x.live.files; tree == nil || !x.serveFile(tree, c.Request) {
		x.problem(http.StatusNotFound, "")
	}
	x.tell(c)
}

// noMethod answers where a route exists for other methods only. Gin has set Allow.
func (s *Server) noMethod(c *gin.Context) {
	if x := exchangeOf(c.Request.Context()); x != nil {
		x.problem(http.StatusMethodNotAllowed, "")
		x.tell(c)
	}
}
