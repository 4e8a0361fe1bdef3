// Command gind serves static files as a service that Linux runs properly. It is
// an application of the public package gind like any other.
package main

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/gind/gind"
)

func main() {
	gind.Main(setup, gind.Name("gind"), gind.Describe("Serve files and Gin applications as Linux services"))
}

// setup serves the service's state, for the front page of the built-in site.
func setup(s *gind.Service) error {
	s.Router.GET("/status.json", func(c *gin.Context) {
		c.Header("Cache-Control", "no-store")
		c.JSON(http.StatusOK, s.Status())
	})
	return nil
}
