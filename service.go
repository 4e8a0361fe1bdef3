package gind

import (
	"context"
	"io/fs"
	"log/slog"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gind/gind/internal/health"
	"github.com/gind/gind/internal/server"
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

	app *application
}

// Check adds a test of health, asked in the background and never by a probe.
// Unless Live or Advisory says otherwise it is a ready-check: the service is ready once
// every one has passed, and /readyz answers 503 while one fails. A name is 1 to
// 63 letters, digits and "._-"; a wrong or taken one fails the start ("shutdown" and "log" are).
//
// The probe is given a context that ends at the check's timeout. What its error
// says is shown to operators and must hold no secret.
func (s *Service) Check(name string, probe func(context.Context) error, options ...CheckOption) {
	defaults := s.app.keys().Health
	check := health.Check{
		Name:     name,
		Probe:    probe,
		Interval: defaults.Interval,
		Timeout:  defaults.Timeout,
	}
	for _, option := range options {
		option(&check)
	}
	s.app.mistake(s.app.checks.Add(check))
}

// CheckOption changes what is usual for one check.
type CheckOption func(*health.Check)

// Live makes it a live-check: while it fails the service asks to be restarted.
func Live() CheckOption { return func(c *health.Check) { c.Kind = health.Live } }

// Advisory makes it a check that is shown and decides nothing, for what an
// operator has to mend while the service serves on.
func Advisory() CheckOption { return func(c *health.Check) { c.Kind = health.Advisory } }

// Every sets the time between two runs. Default: health.interval of the config.
func Every(interval time.Duration) CheckOption {
	return func(c *health.Check) { c.Interval = interval }
}

// Within sets the time a run may take. Default: health.timeout of the config.
func Within(timeout time.Duration) CheckOption {
	return func(c *health.Check) { c.Timeout = timeout }
}

// After sets how many failures in a row make the check fail, and how many
// passes in a row make it pass again. Default: 1 and 1.
func After(failures, passes int) CheckOption {
	return func(c *health.Check) { c.Fall, c.Rise = failures, passes }
}

// OnReload adds a function that each reload calls once the new config is known
// to be good and before it is in force, for what the application reads by
// itself, such as templates. Its error refuses the reload, for everybody.
func (s *Service) OnReload(prepare func(context.Context) error) {
	s.app.hooks.addReload(prepare)
}

// OnShutdown adds a function that is called when the last request is done and
// the background work has ended; the last one added is called first. Its context
// ends when the time of the drain is up.
func (s *Service) OnShutdown(end func(context.Context) error) {
	s.app.hooks.addShutdown(end)
}

// Go runs background work from the start of the service to its drain, which
// ends the context and waits. If work returns an error or panics before that,
// the service stops with it, to be restarted by systemd.
func (s *Service) Go(name string, work func(context.Context) error) {
	s.app.tasks.add(name, work)
}

// Draining ends when the service begins to stop. Handlers of long responses
// (server-sent events, WebSockets) select on it to end them well.
func (s *Service) Draining() context.Context { return s.app.server.Draining() }

// Quiet lets a request be logged at debug if it succeeds, for those that come
// all the time and say nothing. It takes the handler's context.
func Quiet(ctx context.Context) { server.Quiet(ctx) }

// Static serves files where no route matches and the config's static.root is
// not set.
func (s *Service) Static(files fs.FS) { s.app.mistake(s.app.server.SetFallback(files)) }
