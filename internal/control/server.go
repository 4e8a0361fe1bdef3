// Package control is the service's control socket: HTTP/1.1 with JSON over a
// Unix socket, for "gind reload", "gind status" and what else an operator asks
// of a running process. Who may connect is who may give orders: the socket's
// owner, group and mode decide.
//
//	POST /reload   a [Verdict]; 200 if OK, 422 if refused
//	GET  /status   a [Status]
//
// The server is handed functions; it knows neither configuration nor journal.
// By hand: curl --unix-socket /run/gind/control.sock http://gind/status
package control

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/gind/gind/status"
)

// DefaultMode is the mode of the control socket: its owner and its group.
const DefaultMode fs.FileMode = 0o660

// maxHeader is the most bytes of a request's header.
const maxHeader = 16 << 10

// Options of a [Server].
type Options struct {
	// Reload answers POST /reload. It runs to its end even if the caller hangs
	// up; ctx is done only when the server is closed. Nil: no such route.
	Reload func(ctx context.Context, by Caller) Verdict

	// Status answers GET /status. Nil: no such route.
	Status func(ctx context.Context) status.Status

	// Log gets what net/http complains about, and panics of the functions
	// above. Default: slog.Default.
	Log *slog.Logger
}

// Server answers on the control socket.
type Server struct {
	log  *slog.Logger
	mux  *http.ServeMux
	http *http.Server

	orders  context.Context // done when the server is closed
	streams context.Context // done when the server begins to shut down
	close   context.CancelFunc
	settle  context.CancelFunc
}

// New returns a Server. More routes are added with [Server.Handle] and
// [Server.Stream], before [Server.Serve].
func New(o Options) *Server {
	s := &Server{log: o.Log, mux: http.NewServeMux()}
	if s.log == nil {
		s.log = slog.Default()
	}
	s.orders, s.close = context.WithCancel(context.Background())
	s.streams, s.settle = context.WithCancel(s.orders)
	s.http = &http.Server{
		Handler:           http.HandlerFunc(s.serve),
		ReadHeaderTimeout: 5 * time.Second,
		IdleTimeout:       30 * time.Second,
		MaxHeaderBytes:    maxHeader,
		ConnContext:       withCaller,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
	}
	s.http.RegisterOnShutdown(s.settle)
	s.ownRoutes(o)
	return s
}

func (s *Server) ownRoutes(o Options) {
	if o.Reload != nil {
		s.Handle(http.MethodPost, "/reload", func(ctx context.Context, r *Request) (any, error) {
			return o.Reload(ctx, r.Caller), nil
		})
	}
	if o.Status != nil {
		s.Handle(http.MethodGet, "/status", func(ctx context.Context, _ *Request) (any, error) {
			return o.Status(ctx), nil
		})
	}
}

// Serve answers on l, such as that of [Listen] or an activated socket, until
// [Server.Shutdown] or [Server.Close], and closes l. Then it returns nil.
func (s *Server) Serve(l net.Listener) error {
	err := s.http.Serve(l)
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// Shutdown stops accepting and ends the streams, waits for the orders under
// way until ctx is done, then closes what is left.
func (s *Server) Shutdown(ctx context.Context) error {
	err := s.http.Shutdown(ctx)
	return errors.Join(err, s.Close())
}

// Close ends everything at once; the contexts of orders under way are done.
func (s *Server) Close() error {
	s.close()
	return s.http.Close()
}
