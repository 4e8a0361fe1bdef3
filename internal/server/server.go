// Package server turns a gin.Engine, or any http.Handler, into an HTTP service:
// the middleware that every request passes, the probes and metrics that every
// service has, the listeners it is served on, and the two phases of its drain.
//
// A request goes this way:
//
//	recover → request id → access log → timeout → CORS → body limit → handler
//
// The package knows HTTP and Gin. It knows nothing of systemd, of configuration
// files or of how a connection outlives a process: it is handed plain values and
// functions.
package server

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/gind/gind/internal/health"
)

// Options is what a Server is made of. Apart from Live it stays as it is for
// the life of the Server. The zero value of each field is usable.
type Options struct {
	// Logger takes the access log and everything else. Default: nothing is logged.
	Logger *slog.Logger

	// Environment chooses Gin's mode: "development" (debug), "test", or any other
	// name (release). Default: "production". A CORS wildcard is refused but in the
	// first two.
	Environment string

	// TrustedProxies are the addresses (IP or CIDR) whose X-Forwarded-For and
	// X-Real-IP are believed. Default: none.
	TrustedProxies []string

	// Live is what can change while requests are served (see Prepare).
	Live Limits

	// Fallback has the files that are served where no route matches and
	// Live.StaticRoot is empty. Default: none. See SetFallback.
	Fallback fs.FS

	// Checks returns the latest verdicts of the health checks of one kind. It
	// is called for each probe and has to return at once. Default: no checks.
	Checks func(kinds ...health.Kind) []health.Verdict

	// Version is what /version and the metric gind_build_info tell.
	Version Version

	// ConnState is called when a connection changes state, as http.Server's,
	// and before the Server takes notice itself.
	ConnState func(net.Conn, http.ConnState)

	// Parkable tells whether an idle connection can be handed to the next
	// process. From the last call on, the others are told
	// "Connection: close" with their next response. Default: none can.
	Parkable func(net.Conn) bool

	// Registry takes the Server's metrics and is what /metrics shows.
	// Default: a new one.
	Registry *prometheus.Registry

	// ErrorIDs are journal message ids for records that have a catalog entry.
	ErrorIDs ErrorIDs
}

// ErrorIDs holds the message id (sd_journal_print(3), MESSAGE_ID=) of each kind
// of record that a catalog explains. An empty one is left out.
type ErrorIDs struct {
	// Panic is the id of the record of a handler's panic.
	Panic string
	// CutOff is the id of the record of a request that the drain did not wait for.
	CutOff string
}

// Version identifies the program that is served.
type Version struct {
	Name    string `json:"name,omitempty"`
	Version string `json:"version"`
	Commit  string `json:"commit,omitempty"`
	Date    string `json:"date,omitempty"`
	Go      string `json:"go,omitempty"`
}

// Server serves one application. Its methods may be called concurrently.
type Server struct {
	options Options
	log     *slog.Logger
	engine  *gin.Engine
	own     ownEndpoints
	through string
	// throughEngine routes what the watchdog asks. Made with the first request of it.
	throughEngine func() *gin.Engine
	live          atomic.Pointer[live]
	fallback      atomic.Pointer[fs.FS]
	accounts      accounts
	metrics       *metrics
	conns         connections
	h1            *http.Server // the first one, which accepts
	h2            *h2Server
	later         atomic.Pointer[generation] // nil while there is none but the first
	renewing      sync.Mutex
	lastCall      atomic.Pointer[time.Time] // nil before
	draining      context.Context
	drain         context.CancelFunc
	closing       context.Context
	cancelAll     context.CancelFunc
}

// New makes a Server that does not listen yet. It sets Gin's mode and the
// functions and writers that Gin prints to, which are global to the process.
//
// It fails when Live is refused (see Prepare), a trusted proxy does not parse,
// or the registry already has other metrics of the same names.
func New(o Options) (*Server, error) {
	s := &Server{options: o.withDefaults(), through: newThroughPath()}
	s.log = s.options.Logger
	s.draining, s.drain = context.WithCancel(context.Background())
	s.closing, s.cancelAll = context.WithCancel(context.Background())
	s.throughEngine = sync.OnceValue(s.makeThroughEngine)

	if err := s.buildEngine(); err != nil {
		return nil, err
	}
	s.fallback.Store(&s.options.Fallback)
	commit, err := s.Prepare(s.options.Live)
	if err != nil {
		return nil, err
	}
	commit()
	if s.metrics, err = newMetrics(s); err != nil {
		return nil, fmt.Errorf("server: metrics: %w", err)
	}
	s.own = s.ownEndpoints()
	s.buildHTTP()
	return s, nil
}

func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Environment == "" {
		o.Environment = environmentProduction
	}
	if o.Registry == nil {
		o.Registry = prometheus.NewRegistry()
	}
	if o.Checks == nil {
		o.Checks = func(...health.Kind) []health.Verdict { return nil }
	}
	if o.Parkable == nil {
		o.Parkable = func(net.Conn) bool { return false }
	}
	if o.ConnState == nil {
		o.ConnState = func(net.Conn, http.ConnState) {}
	}
	return o
}

// Engine returns the application's router. Every request that it routes has
// passed the middleware, also when the Engine is called without a listener, as
// tests do.
func (s *Server) Engine() *gin.Engine { return s.engine }

// Draining returns a context that ends when the drain starts. A handler of a
// long response ends it well then, so that its client comes back to the next
// process. In a handler, Draining(ctx) finds the same context.
func (s *Server) Draining() context.Context { return s.draining }
