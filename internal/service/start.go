package service

import (
	"context"
	"fmt"
	"time"

	"github.com/gind/gind/internal/handoff"
	"github.com/gind/gind/internal/journal"
	"github.com/gind/gind/internal/logcontrol"
	"github.com/gind/gind/internal/sdnotify"
	"github.com/gind/gind/internal/service/serving"
	"github.com/gind/gind/internal/service/succession"
	"github.com/gind/gind/internal/winsvc"
	"github.com/gind/gind/internal/wiring"
)

// start prepares the service to be ready: it returns once every listener answers
// and every ready-check has passed.
func (s *Service) start(ctx context.Context) error {
	limit := s.startTimeout()
	return s.unit.ExtendWhile(limit, func() error {
		ctx, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		if err := s.comeUp(ctx); err != nil {
			return succession.Failed(s.Predecessor, err)
		}
		if s.succession.IsSuccessor() {
			return nil // nobody else serves: what is wrong from now on is no reason to end
		}
		return s.serving.Probe(ctx)
	})
}

// startTimeout is shorter than the patience of a predecessor, so that it hears
// what this process waited for.
func (s *Service) startTimeout() time.Duration {
	keys := s.keys()
	if !s.succession.IsSuccessor() {
		return keys.Health.StartTimeout
	}
	return min(keys.Health.StartTimeout, keys.Upgrade.Timeout*9/10)
}

// comeUp in the order that loses nothing: a successor serves nobody but itself before
// its predecessor has let go, so that it can still fail without anyone noticing.
func (s *Service) comeUp(ctx context.Context) error {
	if err := s.open(); err != nil {
		return err
	}
	if err := s.hooks.Start(ctx, func(name string) { s.unit.Line("starting: " + name) }); err != nil {
		return err
	}
	s.life.Go(s.checks.Run)
	if !s.succession.IsSuccessor() {
		s.tasks.Start()
		s.serve()
		s.takeOrders()
		s.succession.Adopt()
		return s.awaitChecks(ctx)
	}
	if err := s.awaitChecks(ctx); err != nil {
		return err
	}
	answer, err := passOn(s.serving.AskInPrivate(ctx))
	if err != nil {
		return fmt.Errorf("it answers no request: %w", err)
	}
	if err := s.succession.TakeOver(ctx, answer); err != nil {
		return err
	}
	s.tasks.Start() // the predecessor's have ended
	s.serve()
	s.succession.Adopt()
	return nil
}

// open takes the sockets that systemd or a predecessor passed and binds the rest.
func (s *Service) open() error {
	s.tellWrapper()
	specs, passed, err := s.succession.Inherit(wiring.Listeners(s.Name, s.keys()))
	if err != nil {
		return err
	}
	if err := s.serving.Open(specs, passed); err != nil {
		return s.succession.NotOpened(err)
	}
	s.succession.Opened()
	s.listeners.SetIdleTimeout(s.keys().Server.IdleTimeout)
	return nil
}

// tellWrapper tells of a script that keeps systemd's sockets from this process: their
// addresses are in use for it.
func (s *Service) tellWrapper() {
	if pid := sdnotify.ParentsSockets(); pid > 0 {
		s.log.Error(fmt.Sprintf("the sockets of systemd are for process %d (LISTEN_PID), which has started this one: a wrapper script has to start the program with exec", pid))
	}
}

// serve requests on every listener.
func (s *Service) serve() {
	s.serving.Accept()
	s.life.Go(s.certificates.Run)
}

// passOn what one room was answered to another.
func passOn(a serving.Answer, err error) (handoff.Answer, error) {
	if err != nil {
		return handoff.Answer{}, err
	}
	return handoff.Answer{Status: a.Status, Text: a.String()}, nil
}

// tellSilence tells if a successor is not answered by way of the listeners that it has
// taken over.
func (s *Service) tellSilence(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, s.startTimeout())
	defer cancel()
	if err := s.serving.Probe(ctx); err != nil && !s.isDraining() {
		s.log.Error("the service has taken over, and does not answer itself: "+err.Error(),
			journal.Message(journal.EventWatchdogFailing), "error", err)
	}
}

// takeOrders on the control socket. A successor takes them when it is ready and not
// before: they wait until then.
func (s *Service) takeOrders() {
	for _, l := range s.listeners.Named(wiring.ControlName) {
		s.life.Go(func(context.Context) { s.orders.Serve(l) })
	}
}

// awaitChecks waits for the ready-checks, and shows which ones it waits for.
func (s *Service) awaitChecks(ctx context.Context) error {
	return s.checks.Await(ctx, func(pending string) { s.unit.Line("starting" + pending) })
}

// ready tells systemd and starts what goes on until the drain, or to its end.
func (s *Service) ready() {
	if s.succession.IsSuccessor() {
		s.takeOrders()
		s.life.Go(s.tellSilence)
	}
	took := time.Since(s.started)
	s.unit.Ready(s.report.Line())
	s.succession.OpenBox() // nobody waits for it
	s.log.Info("ready on "+s.report.Addresses(), journal.Message(journal.EventReady),
		"took", took, "listeners", s.report.Addresses(), "version", s.Build.Version)
	if err := s.config.Store().Confirm(); err != nil {
		s.log.Warn("config: the history can't be written", "error", err)
	}
	s.life.Go(s.succession.TellLacks)
	s.life.Go(s.succession.Prove)
	s.life.Go(s.reloader.Run)
	s.life.Go(s.obeyWindows)
	s.life.Go(s.controlLog)
	s.life.Go(func(ctx context.Context) { s.unit.KeepLine(ctx, s.report.Line) })
	s.life.Go(s.watchdog.Run)
	s.life.Go(s.watchdog.RunMemory)
	s.life.Go(s.watchdog.RunAlive)
	s.life.Go(s.attempts.Run)
}

// obeyWindows does what Windows' service manager asks for, where that runs the service.
func (s *Service) obeyWindows(ctx context.Context) {
	s.Windows.Run(ctx, winsvc.Orders{
		Reload: s.reloader.Hangup, Reopen: s.journal.Reopen,
		Failed: func(err error) { s.log.Error("log files were not opened again", "error", err) },
	})
}

// controlLog lets systemd change level and target of the log, where it runs the
// service. A successor takes the bus name over.
func (s *Service) controlLog(ctx context.Context) {
	if !s.unit.Enabled() {
		return
	}
	logcontrol.Serve(ctx, logcontrol.Name(s.Name), wiring.LogControl(s.Name, s.journal), func(err error) {
		s.log.Debug("the log cannot be controlled over D-Bus", "error", err)
	})
}
