package gind

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/gind/gind/internal/health"
	"github.com/gind/gind/internal/lifecycle"
	"github.com/gind/gind/status"
)

// statusInterval is how often "systemctl status" gets a new line.
const statusInterval = 5 * time.Second

// statusLine is the line that "systemctl status" shows.
func (a *application) statusLine() string {
	stats := a.server.Stats()
	line := fmt.Sprintf("serving: %.0f requests/s, %d in flight, config %d",
		stats.Rate, stats.InFlight, a.config.version())
	if failing := a.failingChecks(); failing != "" {
		line += ", failing: " + failing
	}
	return line
}

func (a *application) failingChecks(kinds ...health.Kind) string {
	var names []string
	for _, v := range a.checks.Verdicts(kinds...) {
		if !v.OK {
			names = append(names, v.Name)
		}
	}
	return strings.Join(names, ", ")
}

// tellStatus keeps the line of "systemctl status", unless another state has its own.
func (a *application) tellStatus(line string) {
	if state := a.machine.State(); state == lifecycle.Starting || state == lifecycle.Ready {
		a.told(a.systemd().Status(line))
	}
}

// told notes that systemd could not be told something: the service goes on.
func (a *application) told(err error) {
	if err != nil {
		a.log.Debug("systemd was not told", "error", err)
	}
}

// addresses the service is reached at, for the log.
func (a *application) addresses() string {
	var list []string
	for _, l := range a.servingListeners() {
		list = append(list, l.Name()+"="+l.Addr().String())
	}
	return strings.Join(list, " ")
}

// Status is a snapshot of what a service is doing, as "gind status --json" shows it.
type Status = status.Status

// Status of the service now. It is cheap enough to be asked by every request.
func (s *Service) Status() Status { return s.app.status() }

func (a *application) status() status.Status {
	stats := a.server.Stats()
	state, since := a.machine.Stay()
	return status.Status{
		Name:      a.options.name,
		Version:   a.build.Version,
		PID:       os.Getpid(),
		State:     state.String(),
		Since:     since,
		Started:   a.started,
		Line:      a.statusLine(),
		Config:    a.config.status(),
		Requests:  status.Requests{Total: stats.Total, InFlight: int64(stats.InFlight), PerSecond: stats.Rate},
		Listeners: a.listenerStatus(),
		Checks:    a.checkStatus(),
		Crashes:   a.crashCount.Load(),
		Journal:   asMap(a.journal.Stats()),
	}
}

func (a *application) listenerStatus() []status.Listener {
	list := []status.Listener{}
	if a.listeners == nil {
		return list
	}
	for _, l := range a.servingListeners() {
		list = append(list, status.Listener{
			Name: l.Name(), Address: l.Addr().String(), Activated: l.Activated(), TLS: l.TLS(),
		})
	}
	return list
}

func (a *application) checkStatus() []status.Check {
	list := []status.Check{}
	for _, v := range a.checks.Verdicts() {
		list = append(list, status.Check{
			Name: v.Name, Kind: v.Kind.String(), OK: v.OK, Error: v.Err,
			LatencySeconds: v.Latency.Seconds(), Since: v.Since, LastRun: v.LastRun,
		})
	}
	return list
}

// asMap is a struct as its JSON has it.
func asMap(value any) map[string]any {
	text, err := json.Marshal(value)
	if err != nil {
		return nil
	}
	var m map[string]any
	_ = json.Unmarshal(text, &m)
	return m
}
