package gind

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"github.com/gind/gind/internal/command"
	"github.com/gind/gind/internal/config"
	"github.com/gind/gind/internal/control"
	"github.com/gind/gind/internal/listener"
)

// controlName is the name of the control socket in gind-control.socket.
const controlName = "control"

// controlSpec is the control socket as a listener: it is handed on like the
// others. There is none where the config and the machine have no place for it.
func (a *application) controlSpec() (spec listener.Spec, ok bool) {
	path := cmp.Or(a.keys().Control.Socket, controlSocket(a.options.name))
	return listener.Spec{Name: controlName, Address: "unix:" + path, Unparked: true, Mode: control.DefaultMode}, path != ""
}

// serveControl answers on the control socket.
func (a *application) serveControl() {
	for _, l := range a.listeners.Named(controlName) {
		a.control = control.New(control.Options{Reload: a.orderedReload, Status: a.orderedStatus, Log: a.log})
		a.control.Handle(http.MethodPost, "/upgrade", a.orderedUpgrade)
		a.control.Handle(http.MethodPost, "/config/rollback", a.orderedRollback)
		a.control.Handle(http.MethodGet, "/config", a.orderedConfig)
		a.control.Stream("/logs", a.orderedLogs)
		go func() {
			if err := a.control.Serve(l); err != nil && !errors.Is(err, net.ErrClosed) {
				a.log.Error("the control socket failed", "error", err)
			}
		}()
	}
}

func (a *application) orderedStatus(context.Context) control.Status { return a.status() }

// orderedConfig answers "gind config show --running".
func (a *application) orderedConfig(context.Context, *control.Request) (any, error) {
	return a.config.entries(), nil
}

// orderedReload answers "gind reload".
func (a *application) orderedReload(ctx context.Context, by control.Caller) control.Verdict {
	return verdictOf(a.reload(ctx, by.String()))
}

func verdictOf(o *config.Outcome, err error) control.Verdict {
	if err != nil {
		return control.Verdict{Text: command.BadConfig(err).Error(), Mistakes: config.Mistakes(err)}
	}
	return control.Verdict{OK: true, Text: summary(o), Version: o.New.Version, Changes: o.Changes}
}

// remote is a running service, seen through its control socket.
type remote struct{ path string }

// dial finds the running service that the flags mean.
func (p *program) dial(in command.Input) (command.Service, error) {
	path := in.ControlSocket
	if path == "" {
		path = p.controlPath(in)
	}
	if path == "" {
		return nil, fmt.Errorf("no control socket: neither $RUNTIME_DIRECTORY nor a folder %s is there; is the service running?",
			filepath.Join(runtimeRoots()[0], p.options.name))
	}
	return remote{path}, nil
}

// controlPath is the socket that the config names. A config that can't be read,
// for want of permission or because it is bad, names none.
func (p *program) controlPath(in command.Input) string {
	if snapshot, err := p.loader(in).Load(context.Background()); err == nil {
		if path := keysOf(snapshot).Control.Socket; path != "" {
			return path
		}
	}
	return controlSocket(p.options.name)
}

// Reload implements command.Service.
func (r remote) Reload(ctx context.Context) (string, error) {
	client, err := control.Dial(r.path)
	if err != nil {
		return "", err
	}
	defer func() { _ = client.Close() }()
	verdict, err := client.Reload(ctx)
	if err != nil {
		return "", err
	}
	if !verdict.OK {
		return "", &command.ConfigError{Err: errors.New(verdict.Text)}
	}
	return verdict.Text, nil
}

// Rollback implements command.Service.
func (r remote) Rollback(ctx context.Context, version int, release bool) (string, error) {
	client, err := control.Dial(r.path)
	if err != nil {
		return "", err
	}
	defer func() { _ = client.Close() }()
	var verdict control.Verdict
	order := rollbackOrder{Version: version, Release: release}
	if err := client.Call(ctx, http.MethodPost, "/config/rollback", order, &verdict); err != nil {
		return "", err
	}
	if !verdict.OK {
		return "", &command.ConfigError{Err: errors.New(verdict.Text)}
	}
	return verdict.Text, nil
}

// Config implements command.Service.
func (r remote) Config(ctx context.Context) (entries []config.Entry, err error) {
	client, err := control.Dial(r.path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = client.Close() }()
	return entries, client.Call(ctx, http.MethodGet, "/config", nil, &entries)
}

// Upgrade implements command.Service.
func (r remote) Upgrade(ctx context.Context) (string, error) {
	client, err := control.Dial(r.path)
	if err != nil {
		return "", err
	}
	defer func() { _ = client.Close() }()
	var verdict control.Verdict
	if err := client.Call(ctx, http.MethodPost, "/upgrade", nil, &verdict); err != nil {
		return "", err
	}
	if !verdict.OK {
		return "", errors.New(verdict.Text)
	}
	return verdict.Text, nil
}

// Status implements command.Service.
func (r remote) Status(ctx context.Context) (string, any, error) {
	client, err := control.Dial(r.path)
	if err != nil {
		return "", nil, err
	}
	defer func() { _ = client.Close() }()
	status, err := client.Status(ctx)
	if err != nil {
		return "", nil, err
	}
	return describe(status), status, nil
}

// describe is a status for people.
func describe(s control.Status) string {
	var b strings.Builder
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "%-10s %s\n", name, fmt.Sprintf(format, args...))
	}
	line(s.Name, "%s, pid %d, %s for %s", s.Version, s.PID, s.State, age(s.Since))
	line("status", "%s", s.Line)
	line("config", "version %d since %s, by %s", s.Config.Version, s.Config.Time.Local().Format(time.DateTime), s.Config.Who)
	if s.Config.Pinned > 0 {
		line("", "%s", pinnedText(s.Config.Pinned))
	}
	if s.Config.Instead != "" {
		line("", "an earlier version is used: %s", s.Config.Instead)
	}
	for _, file := range s.Config.Files {
		line("", "%s", file)
	}
	line("requests", "%d done, %d in flight, %.1f/s", s.Requests.Total, s.Requests.InFlight, s.Requests.PerSecond)
	for _, l := range s.Listeners {
		line("listener", "%s", describeListener(l))
	}
	if c := s.Crashes; c != nil {
		line("crashes", "%d, the last on %s: %s", c.Total, c.Time.Local().Format(time.DateTime), c.Last)
	}
	for _, c := range s.Checks {
		line("check", "%s", describeCheck(c))
	}
	for _, text := range describeLog(s.Journal) {
		line("log", "%s", text)
	}
	return b.String()
}

func describeListener(l control.ListenerStatus) string {
	text := l.Name + " on " + l.Address
	if l.TLS {
		text += ", TLS"
	}
	if l.Activated {
		text += ", from systemd"
	}
	return text
}

func describeCheck(c control.CheckStatus) string {
	verdict := "ok"
	if !c.OK {
		verdict = "failed: " + c.Error
	}
	return fmt.Sprintf("%s (%s) %s, for %s, took %s", c.Name, c.Kind, verdict, age(c.Since),
		time.Duration(c.LatencySeconds*float64(time.Second)).Round(10*time.Microsecond))
}

func age(since time.Time) time.Duration { return time.Since(since).Round(time.Second) }
