package service

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gind/gind/internal/command"
	"github.com/gind/gind/internal/config"
	"github.com/gind/gind/internal/crash"
	"github.com/gind/gind/internal/handoff"
	"github.com/gind/gind/internal/health"
	"github.com/gind/gind/internal/journal"
	"github.com/gind/gind/internal/listener"
	"github.com/gind/gind/internal/paths"
	"github.com/gind/gind/internal/sdnotify"
	"github.com/gind/gind/internal/server"
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
	"github.com/gind/gind/internal/socketunit"
	"github.com/gind/gind/internal/unit"
	"github.com/gind/gind/internal/wiring"
	"github.com/gind/gind/status"
)

// furnish makes the rooms, each with what it needs of those before it. What a later
// one does for an earlier one is a function: it is called when the service runs.
func (s *Service) furnish() (err error) {
	s.tasks = background.NewTasks(s.taskFailed)
	s.certificates = certificates.New(sdnotify.Directory("RUNTIME_DIRECTORY"), s.log)
	s.checks, err = checks.New(checks.Options{Log: s.log, LogTrouble: s.journal.Err, LiveFell: s.liveFell})
	if err != nil {
		return err
	}
	registry := prometheus.NewRegistry()
	if s.server, err = server.New(s.serverOptions(registry)); err != nil {
		return err
	}
	s.serving = serving.New(serving.Options{
		Listeners: s.listeners, Server: s.server, TLS: s.certificates.Config, Go: s.life.Go, Fail: s.machine.Fail,
	})
	s.report = report.New(s.reportSources())
	s.reloader = reload.New(reload.Options{
		Config: s.config, Unit: s.unit, Checks: s.checks, Log: s.log,
		Alone: s.machine.Reload, Reopen: s.journal.Reopen, Line: s.report.Line, Draining: s.isDraining, Files: certificateFiles,
	})
	s.succession = succession.New(succession.Options{
		Predecessor: s.Predecessor, Listeners: s.listeners, Unit: s.unit, Log: s.log,
		Timeout:  func() time.Duration { return s.keys().Upgrade.Timeout },
		Confirm:  func() time.Duration { return s.keys().Upgrade.Confirm },
		Programs: s.programs, Program: unit.Program, Fallen: s.fallen,
		Alone: s.machine.Upgrade, Hold: s.config.Store().Close, Line: s.report.Line, Arm: s.watchdog.Arm,
		Manager: unit.Manager, Folder: unit.WorkingDirectory, Sockets: socketunit.OfThisProcess, Rest: s.tasks.Rest, Resume: s.tasks.Start,
		Ask: func(ctx context.Context) (handoff.Answer, error) { return passOn(s.serving.Ask(ctx)) },
	})
	s.orders = orders.New(orders.Options{
		Reload: s.reloader.Reload, Release: s.reloader.Release, Rollback: s.reloader.Rollback, Upgrade: s.upgrade,
		Status: s.freshStatus, Config: s.Entries, Journal: s.journal, Log: s.log,
		Draining: s.server.Draining(), Succeeded: s.succession.Succeeded,
	})
	return registry.Register(s.report)
}

func (s *Service) serverOptions(registry *prometheus.Registry) server.Options {
	keys := s.keys()
	return server.Options{
		Logger:         s.log,
		Environment:    keys.Environment,
		TrustedProxies: keys.Server.TrustedProxies,
		Live:           wiring.Limits(keys),
		Checks:         s.checks.Verdicts,
		Version: server.Version{
			Name: s.Name, Version: s.Build.Version, Commit: s.Build.Commit, Date: date(s.Build.Date),
		},
		ConnState: s.listeners.ConnState,
		Parkable:  s.listeners.CanPark,
		Registry:  registry,
		ErrorIDs:  server.ErrorIDs{Panic: string(journal.EventPanic), CutOff: string(journal.EventRequestCutOff)},
	}
}

func date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// watchdogOptions record crashes where systemd keeps a folder for it (StateDirectory=),
// if the service is to serve. A predecessor is told of a crash until this process is
// the service.
func (s *Service) watchdogOptions(last *crash.LastErrors) watchdog.Options {
	o := watchdog.Options{
		Service: s.Name, Version: s.Build.Version, Armed: s.Predecessor == nil,
		Unit: s.unit, Log: s.log, Errors: last, Sequel: s.fallen.Sequel, Serving: s.isServing, Draining: s.isDraining,
		Checks:   func(kinds ...health.Kind) []health.Verdict { return s.checks.Verdicts(kinds...) },
		Probe:    func(ctx context.Context) error { return s.serving.Probe(ctx) },
		Requests: func() []server.OpenRequest { return s.server.OpenRequests() },
	}
	if s.History != nil && sdnotify.Directory("STATE_DIRECTORY") != "" {
		o.Folder = crash.Folder{Dir: paths.Crashes(s.Name)}
	}
	return o
}

func (s *Service) reportSources() report.Sources {
	return report.Sources{
		Name: s.Name, Version: s.Build.Version, Started: s.started,
		State: s.machine.Stay, Config: func() status.Config { return s.reloader.Status() }, Requests: s.server.Stats, Listeners: s.serving.Requests, Overruled: s.overruled,
		Checks: s.checks.Verdicts, Failing: s.checks.Failing, Crashes: s.watchdog.Seen, Journal: s.journal.Stats,
		Starts: s.attempts.Status, Upgrade: func() *status.Upgrade { return s.succession.Failure() }, Program: s.otherProgram,
		Running: handoff.Running(), Trial: func() *status.Trial { return s.succession.Trial() }, Lacks: func() []string { return s.succession.Lacks() },
	}
}

// overruled is the address in the config of a listener that systemd passes.
func (s *Service) overruled(l *listener.Listener) string {
	now := s.config.Current()
	if !l.Activated() || now.Origin("listeners."+l.Name()+".address").IsDefault() {
		return ""
	}
	return settings.Of(now).Listeners[l.Name()].Address
}

// freshStatus is what an operator is told: also what systemd has to be asked for.
func (s *Service) freshStatus() status.Status {
	s.succession.Compare(context.Background())
	return s.report.Status()
}

// otherProgram is the one on disk, unless that is the one that runs.
func (s *Service) otherProgram() *status.Program {
	path, other, exists := s.succession.OnDisk()
	if !other {
		return nil
	}
	return &status.Program{Path: path, Missing: !exists}
}

// upgrade as an operator orders it.
func (s *Service) upgrade(ctx context.Context, who string, o command.Upgrade) (report string, err error) {
	return s.succession.Upgrade(ctx, who, succession.Order(o))
}

// liveFell does not hold up the check that tells it.
func (s *Service) liveFell(v health.Verdict) {
	s.life.Go(func(context.Context) { s.watchdog.LiveFell(v) })
}

// certificateFiles are watched as the files of the config are.
func certificateFiles(now *config.Snapshot) []string {
	return certificates.Files(settings.Of(now).Listeners)
}
