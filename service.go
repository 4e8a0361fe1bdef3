package gind

import (
	"context"
	"io/fs"
	"log/slog"

	"github.com/gin-gonic/gin"

	"github.com/gind/gind/internal/server"
	"github.com/gind/gind/internal/service"
	"github.com/gind/gind/status"
)

// Service is what an application is given to set itself up with. Its methods
// may be called concurrently, also while the service runs.
type Service struct {
	// Router takes the application's routes and middleware. Recovery, request
	// ids, the access log, timeouts, CORS and the body limit are in front of it
	// already, and /healthz, /livez, /readyz, /version and /metrics are served.
	Router *gin.Engine

	// Log is the service's log: journald with structured fields under systemd,
	// text on a terminal, JSON lines elsewhere. Logging never blocks. What is
	// logged with a request's context (InfoContext, …) has the request's id.
	Log *slog.Logger

	service *service.Service
}

// OnStart adds what opens and migrates, a database for example. It is called in a
// process that is going to serve, before anything is served and, in an upgrade,
// before the predecessor lets go; those that are added first are called first, and
// before the background work of Go and the checks begin. While it runs "systemctl
// status" has its name. Its error fails the start, and its context ends when the time
// of the start is up (health.start_timeout) or the service is told to stop.
//
// The function given to [Main] runs also for commands such as "check" and "config
// show", which must change nothing on the machine: what it declares, routes, sections
// and checks, is needed there, and what OnStart does is not done. Functions given to
// OnShutdown by the setup are called there too: one that closes what open has opened is
// given by open.
func (s *Service) OnStart(name string, open func(context.Context) error) {
	s.service.OnStart(name, open)
}

// OnReload adds a function that each reload calls once the new config is known
// to be good and before it is in force, for what the application reads by
// itself, such as templates. Its error refuses the reload, for everybody.
func (s *Service) OnReload(prepare func(context.Context) error) {
	s.service.OnReload(prepare)
}

// OnShutdown adds a function that is called when the last request is done and
// the background work has ended; the last one added is called first. Its context
// ends when the time of the drain is up.
func (s *Service) OnShutdown(end func(context.Context) error) {
	s.service.OnShutdown(end)
}

// Go runs background work from the start of the service to its drain, which
// ends the context and waits. If work returns an error or panics before that,
// the service stops with it, to be restarted by systemd.
//
// It runs in one process at a time. In an upgrade the new process is ready, and
// has answered a request of its own, before its work begins: then the old one's
// context ends, its work has 5 s to return, and the new process takes over and
// begins. So what a ready-check or middleware waits for is not for Go to prepare.
// Should the new process be gone at that moment, the old one runs its work again.
func (s *Service) Go(name string, work func(context.Context) error) {
	s.service.Go(name, work)
}

// Draining ends when the service begins to stop. Handlers of long responses
// (server-sent events, WebSockets) select on it to end them well: with a last event, or a
// close frame of status 1001. At the end of the drain, drain.timeout later, the contexts of
// their requests end, too.
func (s *Service) Draining() context.Context { return s.service.Draining() }

// Quiet lets a request be logged at debug if it succeeds, for those that come
// all the time and say nothing. It takes the handler's context.
func Quiet(ctx context.Context) { server.Quiet(ctx) }

// Static serves files where no route matches and the config's static.root is
// not set.
func (s *Service) Static(files fs.FS) { s.service.ServeFiles(files) }

// Status is a snapshot of what a service is doing, as "gind status --json" shows it.
type Status = status.Status

// Status of the service now. It is cheap enough to be asked by every request.
func (s *Service) Status() Status { return s.service.Status() }
