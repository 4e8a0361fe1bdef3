// Command gin is the application on Gin alone, with one of the access logs that
// are at hand.
package main

import (
	"flag"
	"log"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	slogjournal "github.com/systemd/slog-journal"

	"github.com/gind/gind/bench/internal/hello"
)

func main() {
	address := flag.String("address", "127.0.0.1:8080", "`host:port` to serve")
	logger := flag.String("log", "none", "`access log`: none, default (Gin's own, to standard output) or journal (systemd/slog-journal)")
	spent := flag.Duration("spent", 0, "`time` that the handler keeps the processor busy")
	flag.Parse()

	gin.SetMode(gin.ReleaseMode)
	router, err := newRouter(*logger)
	if err != nil {
		log.Fatal(err)
	}
	router.GET("/hello", func(c *gin.Context) {
		spend(*spent)
		c.String(http.StatusOK, hello.Text)
	})
	log.Fatal(http.ListenAndServe(*address, router))
}

// spend keeps the processor busy.
func spend(d time.Duration) {
	if d == 0 {
		return
	}
	for begun := time.Now(); time.Since(begun) < d; {
	}
}

func newRouter(logger string) (*gin.Engine, error) {
	switch logger {
	case "default":
		return gin.Default(), nil
	case "journal":
		router := gin.New()
		access, err := journalAccess()
		router.Use(access, gin.Recovery())
		return router, err
	default:
		return gin.New(), nil
	}
}

// journalAccess logs what Gin's own logger does, as fields of a journal record.
func journalAccess() (gin.HandlerFunc, error) {
	handler, err := slogjournal.NewHandler(&slogjournal.Options{
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			a.Key = strings.ToUpper(a.Key)
			return a
		},
	})
	if err != nil {
		return nil, err
	}
	access := slog.New(handler)
	return func(c *gin.Context) {
		begun := time.Now()
		c.Next()
		access.LogAttrs(c, slog.LevelInfo, "request",
			slog.String("method", c.Request.Method),
			slog.String("path", c.Request.URL.Path),
			slog.Int("status", c.Writer.Status()),
			slog.Int("size", c.Writer.Size()),
			slog.Duration("took", time.Since(begun)),
			slog.String("client", c.ClientIP()))
	}, nil
}
