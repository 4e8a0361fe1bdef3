package gind

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-multierror"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/gind/gind/internal/command"
	"github.com/gind/gind/internal/control"
	"github.com/gind/gind/internal/crash"
	"github.com/gind/gind/internal/handoff"
	"github.com/gind/gind/internal/health"
	"github.com/gind/gind/internal/journal"
	"github.com/gind/gind/internal/lifecycle"
	"github.com/gind/gind/internal/listener"
	"github.com/gind/gind/internal/sdnotify"
	"github.com/gind/gind/internal/server"
	"github.com/gind/gind/internal/settings"
	"github.com/gind/gind/status"
)

// application is one service: the rooms it is made of, put together. The files
// beside this one say what it does with them at start, reload and drain.
type application struct {
	options options
	build   command.Build
	started time.Time

	config       *configuration
	reloads      storm
	files        fileWatch // of the config
	journal      *journal.Journal
	log          *slog.Logger
	lastErrors   crash.LastErrors
	crashes      *crash.Recorder                   // nil where nothing is recorded
	crashCount   atomic.Pointer[status.Crashes]    // nil if there never was one
	restart      sync.Once                         // that this process asks for
	notifier     atomic.Pointer[sdnotify.Notifier] // nil while another process is the main one
	checks       *health.Registry
	server       *server.Server
	certificates certificates
	tickets      sync.Once       // that TLS sessions outlive the process
	listeners    *listener.Set   // nil before open
	control      *control.Server // nil where there is no control socket
	machine      *lifecycle.Machine
	registry     *prometheus.Registry
	predecessor  *handoff.Predecessor // nil unless an upgrade started this process
	successor    *handoff.Successor   // nil until an upgrade has succeeded
	adopting     sync.WaitGroup       // of the predecessor's connections
	hooks        hooks
	tasks        tasks

	// life ends when nothing is left to do but to exit.
	life    context.Context
	endLife context.CancelFunc

	mu       sync.Mutex
	mistakes *multierror.Error
}

// keys are the settings in force.
func (a *application) keys() *settings.Settings { return a.config.keys() }

// systemd is who is told how the service is. Nobody is while another process is
// the service's main one.
func (a *application) systemd() *sdnotify.Notifier { return a.notifier.Load() }

// mistake notes what is wrong in the application's own calls, to be told together.
func (a *application) mistake(err error) {
	if err == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.mistakes = multierror.Append(a.mistakes, err)
	a.mistakes.ErrorFormat = onLines
}

// onLines shows mistakes as lines, without go-multierror's count and bullets.
func onLines(mistakes []error) string { return errors.Join(mistakes...).Error() }

// run takes the service through its life.
func (a *application) run(ctx context.Context) error {
	a.log.Info("starting", journal.Message(journal.EventStarted), "version", a.build.Version)
	err := a.machine.Run(ctx)
	if err != nil {
		a.log.Error("stopped: "+err.Error(), journal.Message(journal.EventStartFailed), "error", err)
	} else {
		a.log.Info("stopped", journal.Message(journal.EventStopped), "uptime", time.Since(a.started))
	}
	return errors.Join(err, a.close())
}

// discard ends a service that was never started.
func (a *application) discard() error {
	return errors.Join(a.hooks.shutDown(context.Background()), a.close())
}

func (a *application) close() error {
	a.endLife()
	_ = a.server.Close()
	a.closeCrashes()
	return a.journal.Close()
}

// taskFailed ends the service with the error of its background work.
func (a *application) taskFailed(err error) {
	a.log.Error(err.Error(), journal.Message(journal.EventTaskFailed), "error", err)
	a.machine.Fail(err)
}

// checkChanged logs a verdict that is not what it was.
func (a *application) checkChanged(v health.Verdict) {
	log := a.log.With("check", v.Name, "kind", v.Kind.String())
	if v.OK {
		log.Info("check passes: "+v.Name, journal.Message(journal.EventCheckRose))
		return
	}
	level := slog.LevelError
	if v.Kind == health.Advisory {
		level = slog.LevelWarn
	}
	log.Log(a.life, level, fmt.Sprintf("check fails: %s: %s", v.Name, v.Err), journal.Message(journal.EventCheckFell), "error", v.Err)
	if v.Kind == health.Live {
		go a.askForRestart(liveError{v.String()})
	}
}
