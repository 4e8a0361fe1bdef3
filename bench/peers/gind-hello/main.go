// Command gind-hello is the application on gind.
package main

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/gind/gind"
	"github.com/gind/gind/bench/internal/hello"
)

func main() {
	gind.Main(func(s *gind.Service) error {
		s.Router.GET("/hello", func(c *gin.Context) { c.String(http.StatusOK, hello.Text) })
		for path, handler := range hello.Streams {
			s.Router.GET(path, gin.WrapF(handler))
		}
		return nil
	}, gind.Name("gind"))
}
