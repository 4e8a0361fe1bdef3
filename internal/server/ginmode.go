package server

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"sync"

	"github.com/gin-gonic/gin"
)

const (
	environmentProduction  = "production"
	environmentDevelopment = "development"
	environmentTest        = "test"
)

// ginGlobals guards Gin's package variables while a Server is made.
var ginGlobals sync.Mutex

// buildEngine makes the application's router, in the mode of the environment.
func (s *Server) buildEngine() error {
	ginGlobals.Lock()
	defer ginGlobals.Unlock()
	gin.SetMode(ginMode(s.options.Environment))
	redirectGin(s.log)

	s.engine = gin.New()
	s.engine.ContextWithFallback = true // gin.Context is the request's context
	s.engine.HandleMethodNotAllowed = true
	if err := s.engine.SetTrustedProxies(s.options.TrustedProxies); err != nil {
		return fmt.Errorf("server: trusted proxies: %w", err)
	}
	s.engine.Use(s.route)
	s.engine.NoRoute(s.noRoute)
	s.engine.NoMethod(s.noMethod)
	return nil
}

func (s *Server) trustsProxies() bool { return len(s.options.TrustedProxies) > 0 }

// isRelaxed reports whether an environment is one in which what is unsafe on the
// internet is allowed.
func isRelaxed(environment string) bool {
	return environment == environmentDevelopment || environment == environmentTest
}

func ginMode(environment string) string {
	switch environment {
	case environmentDevelopment:
		return gin.DebugMode
	case environmentTest:
		return gin.TestMode
	}
	return gin.ReleaseMode
}

// redirectGin makes what Gin would print records of the log.
func redirectGin(log *slog.Logger) {
	gin.DebugPrintFunc = func(format string, values ...any) {
		printLines(log, slog.LevelDebug, fmt.Sprintf(format, values...))
	}
	gin.DebugPrintRouteFunc = func(method, path, handler string, _ int) {
		log.LogAttrs(context.Background(), slog.LevelDebug, "gin: route "+method+" "+path,
			slog.String("method", method), slog.String("route", path), slog.String("handler", handler))
	}
	gin.DefaultWriter = &ginWriter{log: log, level: slog.LevelDebug}
	gin.DefaultErrorWriter = &ginWriter{log: log, level: slog.LevelError}
}

// ginWriter makes one record of each write, which is how Gin's own middleware
// prints.
type ginWriter struct {
	log   *slog.Logger
	level slog.Level
}

func (w *ginWriter) Write(p []byte) (int, error) {
	printLines(w.log, w.level, string(p))
	return len(p), nil
}

var colours = regexp.MustCompile("\x1b\\[[0-9;]*m")

func printLines(log *slog.Logger, level slog.Level, text string) {
	text = strings.TrimSpace(colours.ReplaceAllString(text, ""))
	if strings.HasPrefix(text, "[WARNING] Running in \"debug\" mode") {
		return // chosen by the environment on purpose
	}
	if text != "" {
		log.LogAttrs(context.Background(), level, "gin: "+text)
	}
}

// Mount makes h the handler of every request, the Server's own endpoints
// aside; where h is an http.ServeMux with a pattern for the very path of such
// an endpoint, the mux has it. Call it before Serve, and do not add routes to
// the Engine as well.
func (s *Server) Mount(h http.Handler) {
	s.own.leaveTo(h)
	s.engine.NoRoute(func(c *gin.Context) {
		x := exchangeOf(c.Request.Context())
		c.Status(http.StatusOK) // not Gin's 404
		h.ServeHTTP(x, c.Request)
		if x.wrote {
			x.tell(c)
		}
	})
}
