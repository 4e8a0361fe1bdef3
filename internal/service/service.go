package service

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/gind/gind/internal/command"
	"github.com/gind/gind/internal/config"
	"github.com/gind/gind/internal/handoff"
	"github.com/gind/gind/internal/journal"
	"github.com/gind/gind/internal/lifecycle"
	"github.com/gind/gind/internal/listener"
	"github.com/gind/gind/internal/server"
	"github.com/gind/gind/internal/service/attempts"
	"github.com/gind/gind/internal/service/background"
	"github.com/gind/gind/internal/service/certificates"
	"github.com/gind/gind/internal/service/checks"
	"github.com/gind/gind/internal/service/orders"
	"github.com/gind/gind/internal/service/reload"
	"github.com/gind/gind/internal/service/report"
	"github.com/gind/gind/internal/service/serving"
	"github.com/gind/gind/internal/service/succession"
	"github.com/gind/gind/internal/service/watchdog"
	"github.com/gind/gind/internal/settings"
	"github.com/gind/gind/internal/trial"
	"github.com/gind/gind/internal/unit"
	"github.com/gind/gind/internal/winsvc"
)

// Options say what a Service is to be.
type Options struct {
	Name   string
	Build  command.Build
	Loader *config.Loader
	// History keeps versions of the config, and the last good one stands in for a
	// bad one. Without it nothing is kept.
	History *config.History
	// Inspect has the service only put together, to be looked at: nothing on the
	// machine changes, and Run must not be called.
	Inspect bool
	// Predecessor is the process that started this one in an upgrade, or nil.
	Predecessor *handoff.Predecessor
	// Windows is this process as a service of Windows' service manager, or nil.
	Windows *winsvc.Service
	// Setup adds what the application has.
	Setup func(*Service) error
}

// Service is one service: the rooms it is made of, put together.
type Service struct {
	Options
	started time.Time
	life    *life

	machine      *lifecycle.Machine
	unit         *unit.Unit
	config       *reload.Config
	journal      *journal.Journal
	log          *slog.Logger
	listeners    *listener.Set
	server       *server.Server
	checks       *checks.Checks
	certificates *certificates.Certificates
	tasks        *background.Tasks
	hooks        background.Hooks
	serving      *serving.Serving
	programs     trial.Programs
	fallen       *succession.Fallen
	succession   *succession.Succession
	reloader     *reload.Reloader
	watchdog     *watchdog.Watchdog
	attempts     *attempts.Attempts
	report       *report.Report
	orders       *orders.Server

	mistakes mistakes // of the application's own calls
}

// keys are the settings in force.
func (s *Service) keys() *settings.Settings { return s.config.Keys() }

// Run takes the service through its life. Its errors are in the log.
func (s *Service) Run(ctx context.Context) error {
	s.log.Info(strings.TrimSpace("starting "+s.Name+" "+s.Build.Version), journal.Message(journal.EventStarted), "version", s.Build.Version)
	err := s.machine.Run(ctx)
	s.note(err)
	if err != nil {
		s.log.Error("stopped: "+err.Error(), journal.Message(journal.EventStartFailed), "error", err)
	} else {
		s.log.Info("stopped", journal.Message(journal.EventStopped), "uptime", time.Since(s.started))
	}
	return errors.Join(err, s.close())
}

// Discard ends a service that was never started.
func (s *Service) Discard() error {
	return errors.Join(s.hooks.ShutDown(context.Background()), s.close())
}

// close ends what is left, the journal last: everybody may log until then.
func (s *Service) close() error {
	s.life.end()
	_ = s.server.Close()
	if !s.life.wait(settleTime) {
		s.log.Warn("something still goes on beside the requests, and is not waited for any longer")
	}
	s.watchdog.Close()
	return s.journal.Close()
}

// isSteady reports whether the state has no line of its own in "systemctl status".
func (s *Service) isSteady() bool {
	state := s.machine.State()
	return state == lifecycle.Starting || state == lifecycle.Ready
}

// isServing reports whether the service has started and does not stop yet.
func (s *Service) isServing() bool {
	state := s.machine.State()
	return state != lifecycle.Starting && state != lifecycle.Draining && state != lifecycle.Stopped
}

// isDraining reports whether the service has begun to stop.
func (s *Service) isDraining() bool { return s.server.Draining().Err() != nil }

// notTold notes that systemd could not be told something: the service goes on.
func (s *Service) notTold(err error) { s.log.Debug("systemd was not told", "error", err) }

// changed notes each state, for those who look into a service that hangs.
func (s *Service) changed(from, to lifecycle.State) {
	s.log.Debug("the state changes", "from", from.String(), "to", to.String())
}

// taskFailed ends the service with the error of its background work.
func (s *Service) taskFailed(err error) {
	s.log.Error(err.Error(), journal.Message(journal.EventTaskFailed), "error", err)
	s.machine.Fail(err)
}
