package report

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/gind/gind/internal/health"
	"github.com/gind/gind/internal/journal"
	"github.com/gind/gind/internal/lifecycle"
	"github.com/gind/gind/internal/listener"
	"github.com/gind/gind/internal/server"
	"github.com/gind/gind/status"
)

// Sources are what a Report is made of. All functions may be called at any time.
type Sources struct {
	Name, Version string
	Started       time.Time
	State         func() (state lifecycle.State, since time.Time)
	Config        func() status.Config
	Requests      func() server.Stats
	Listeners     func() []*listener.Listener
	// Overruled is the address that the config sets for a listener whose socket was
	// passed; empty if it sets none.
	Overruled func(*listener.Listener) string
	Checks    func(...health.Kind) []health.Verdict
	// Failing are the names of the checks that fail.
	Failing func() string
	// Crashes may return nil.
	Crashes func() *status.Crashes
	Journal func() journal.Stats
	// Running is the path of the program that runs.
	Running string
	// Starts, Trial, Upgrade and Program may return nil.
	Starts  func() *status.Starts
	Trial   func() *status.Trial
	Upgrade func() *status.Upgrade
	Program func() *status.Program
	// Lacks is what the unit lacks.
	Lacks func() []string
}

// Report is of one service. Its methods may be called concurrently.
type Report struct{ Sources }

// New returns the Report of a service.
func New(from Sources) *Report { return &Report{from} }

// Line is the one that "systemctl status" shows.
func (r *Report) Line() string {
	stats := r.Requests()
	line := fmt.Sprintf("serving: %.0f requests/s, %d in flight, config %d",
		stats.Rate, stats.InFlight, r.Config().Version)
	if failing := r.Failing(); failing != "" {
		line += ", failing: " + failing
	}
	return line
}

// Addresses the service is reached at, for the log.
func (r *Report) Addresses() string {
	var list []string
	for _, l := range r.Listeners() {
		list = append(list, l.Name()+"="+l.Addr().String())
	}
	return strings.Join(list, " ")
}

// Status is all of it. It is cheap enough to be asked by every request.
func (r *Report) Status() status.Status {
	stats := r.Requests()
	state, since := r.State()
	return status.Status{
		Name:      r.Name,
		Version:   r.Version,
		PID:       os.Getpid(),
		State:     state.String(),
		Since:     since,
		Started:   r.Started,
		Line:      r.Line(),
		Config:    r.Config(),
		Requests:  status.Requests{Total: stats.Total, InFlight: int64(stats.InFlight), PerSecond: stats.Rate},
		Listeners: r.listeners(),
		Checks:    r.checks(),
		Crashes:   r.Crashes(),
		Journal:   asMap(r.Journal()),
		Starts:    r.Starts(),
		Running:   r.Running,
		Trial:     r.Trial(),
		Upgrade:   r.Upgrade(),
		Program:   r.Program(),
		Lacks:     r.Lacks(),
	}
}

func (r *Report) listeners() []status.Listener {
	list := []status.Listener{}
	for _, l := range r.Listeners() {
		list = append(list, status.Listener{
			Name: l.Name(), Address: l.Addr().String(), Activated: l.Activated(), TLS: l.TLS(), Overruled: r.Overruled(l),
		})
	}
	return list
}

func (r *Report) checks() []status.Check {
	list := []status.Check{}
	for _, v := range r.Checks() {
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
