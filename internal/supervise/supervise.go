// Package supervise keeps programs running that cannot be changed: it starts
// them, restarts them with a backoff when they end, stops trying and says so
// when that does not help, keeps their listening sockets open meanwhile, sends
// what they print to the log, replaces them without a gap, and leaves nothing
// of them behind. It does so as PID 1 of a container too.
//
// The rooms inside: process starts a program and kills it with all that it
// started, output makes records of what it prints. This package decides when.
package supervise

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gind/gind/internal/supervise/notify"
	"github.com/gind/gind/internal/supervise/process"
	"github.com/gind/gind/internal/supervise/sockets"
)

// The levels that syslog has and slog does not, with the values that gind's
// journal gives them.
const (
	levelNotice = slog.Level(2)
	levelCrit   = slog.Level(12)
)

const (
	// breath is the least time between two looks at the programs' states.
	breath = 20 * time.Millisecond

	// afterGrace is how long it takes at the most to kill what has not stopped
	// within its grace, and to log its last words.
	afterGrace = 15 * time.Second

	// maxStartTime is for how much time the service manager is asked at a start.
	maxStartTime = 2 * time.Hour

	// alertTime is how long alerts may go on once everything has stopped.
	alertTime = 10 * time.Second
)

// Trampoline must be called first in main; see [process.Trampoline].
func Trampoline() { process.Trampoline() }

// Notifier tells the service manager about the supervisor. *sdnotify.Notifier
// is one.
type Notifier interface {
	// Ready is called once, when every program is ready for the first time, or
	// was given up: orders can be taken then.
	Ready(status string) error
	// Status is called when the status line has changed.
	Status(status string) error
	// Extend passes on that a program needs more time to start or to stop.
	Extend(d time.Duration) error
	// Ping passes on a program's WATCHDOG=1, if there is only that program.
	Ping() error
}

// Alert says that a program is not restarted any more.
type Alert struct {
	Program    string
	Command    []string
	Reason     string        // of the last crash
	ExitStatus int           // as a shell has it: 128 and the number for a signal
	Ended      bool          // it is not to be resumed
	Crashes    int           // so many
	Window     time.Duration // within this time
	Time       time.Time
	Lines      []string // the last ones that the program printed, at most fifty
}

// Events are the ids (MESSAGE_ID) of what is logged, "" for none. They become
// the attribute message_id.
type Events struct {
	Crashed, Hung, Paused, Replaced, ReplaceFailed string
}

// Options are what a Supervisor is given.
type Options struct {
	// Log gets what is to be said about programs, and what they print, the
	// latter with the attributes program, pid and stream. Default: nothing is logged.
	Log *slog.Logger

	// Notifier may be nil.
	Notifier Notifier

	// Alert is called when a program is paused, each time in a goroutine of its
	// own. Its context ends ten seconds after everything was stopped. May be nil.
	Alert func(context.Context, Alert)

	// Inherited gives away a listening socket that the service manager passed
	// under this name, which then takes the place of a program's address, or
	// nil. May be nil.
	Inherited func(name string) *os.File

	// Unattended reports whether nobody could resume a program. May be nil: somebody could.
	Unattended func() bool

	// Events may be left empty.
	Events Events
}

// Supervisor keeps programs running. Its methods may be called concurrently.
type Supervisor struct {
	options   Options
	start     launcher
	probe     prober
	missing   func(*plan) []*Mistake // what a plan needs and is not there
	inherited *sockets.Inherited
	changed   chan struct{} // something changed; one is enough
	pinged    atomic.Bool
	extend    atomic.Int64

	mu       sync.Mutex
	programs map[string]*program
	gone     []*program // left out by a reload
	stopped  bool       // no new ones
	single   bool       // one program, whose exit status counts

	ready    bool   // was said; belongs to Run
	line     string // was said; belongs to Run
	alerting sync.WaitGroup
	alerts   context.Context
	endAlert context.CancelFunc
}

// Errors of methods.
var (
	ErrUnknown = errors.New("no such program")
	ErrStopped = errors.New("the supervisor is stopping")
)

// New returns a Supervisor of the programs, which [Supervisor.Run] starts. The
// error names everything that is wrong with any of them.
func New(o Options, specs ...Spec) (*Supervisor, error) {
	s, err := newSupervisor(o, launch, probe, specs)
	if err == nil {
		s.missing = (*plan).missing
	}
	return s, err
}

func newSupervisor(o Options, start launcher, probe prober, specs []Spec) (*Supervisor, error) {
	plans, err := newPlans(specs)
	if err != nil {
		return nil, err
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Supervisor{
		options: o, start: start, probe: probe, changed: make(chan struct{}, 1),
		programs: map[string]*program{}, single: len(specs) == 1,
		missing: func(*plan) []*Mistake { return nil }, inherited: sockets.NewInherited(o.Inherited),
	}
	s.alerts, s.endAlert = context.WithCancel(context.Background())
	for name, plan := range plans {
		s.programs[name] = s.add(plan)
	}
	return s, nil
}

func newPlans(specs []Spec) (map[string]*plan, error) {
	if len(specs) == 0 {
		return nil, errors.New("supervise: no program")
	}
	plans := map[string]*plan{}
	var wrong []error
	for _, spec := range specs {
		if _, twice := plans[spec.Name]; twice {
			wrong = append(wrong, fmt.Errorf("supervise: program %q: given twice", spec.Name))
		}
		plan, err := newPlan(spec)
		if err != nil {
			wrong = append(wrong, err)
		}
		plans[spec.Name] = plan
	}
	return plans, errors.Join(wrong...)
}

func (s *Supervisor) add(p *plan) *program {
	return newProgram(p, host{
		log: s.options.Log, launch: s.start, probe: s.probe, alert: s.alert, changed: s.change, relay: s.relay, events: s.options.Events,
		hopeless: s.hopeless,
	}, s.inherited)
}

// Run starts the programs and returns when all have ended for good, or were
// stopped because ctx ended or [Supervisor.Stop] was called. It may be called once.
//
// The status is for os.Exit: that of the program if there is only one, with
// 128 and the number for a signal, 126 or 127 if it could not be started. With
// several it is 1 if one of them has failed, else 0.
func (s *Supervisor) Run(ctx context.Context) (status int) {
	s.relay(notify.Message{Extend: s.startTime()})
	for _, p := range s.all() {
		p.do(p.start)
	}
	cancel := context.AfterFunc(ctx, s.Stop)
	defer cancel()
	for !s.look() {
		<-s.changed
		time.Sleep(breath)
	}
	s.Stop()
	all := s.all()
	for _, p := range slices.Concat(all, s.gone) {
		<-p.over
		p.running.Wait()
	}
	status = s.exitStatus(all)
	s.finishAlerts()
	return status
}

// startTime is how long it may take until every program is ready or was given
// up, at the most.
func (s *Supervisor) startTime() (longest time.Duration) {
	for _, p := range s.all() {
		p.do(func() {
			longest = max(longest, time.Duration(p.plan.CrashLoop.Crashes)*(p.plan.Start.Timeout+p.plan.Backoff.Max))
		})
	}
	return min(longest, maxStartTime)
}

// look tells the service manager what is new, and reports whether everything
// has ended.
func (s *Supervisor) look() bool {
	over, ready := true, true
	var states []Status
	for _, p := range s.all() {
		state := *p.shown.Load()
		states = append(states, state)
		over = over && state.over()
		ready = ready && state.settled()
	}
	s.notify(states, ready)
	return over
}

func (s *Supervisor) notify(states []Status, ready bool) {
	n := s.options.Notifier
	if n == nil {
		return
	}
	text := line(states)
	var err error
	switch {
	case ready && !s.ready:
		s.ready, s.line = true, text
		err = n.Ready(text)
	case text != s.line:
		s.line = text
		err = n.Status(text)
	}
	if d := s.extend.Swap(0); d > 0 {
		err = errors.Join(err, n.Extend(time.Duration(d)))
	}
	if s.pinged.Swap(false) && len(states) == 1 {
		err = errors.Join(err, n.Ping())
	}
	if err != nil {
		s.options.Log.Warn("supervise: the service manager could not be told", "err", err)
	}
}

// relay passes on what a program notifies, from Run, so that a service manager
// that is slow holds no program up.
func (s *Supervisor) relay(m notify.Message) {
	if m.Ping {
		s.pinged.Store(true)
	}
	if m.Extend > 0 {
		s.extend.Store(int64(m.Extend))
	}
	if m.Ping || m.Extend > 0 {
		s.change()
	}
}

func (s *Supervisor) change() {
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

func (s *Supervisor) exitStatus(all []*program) int {
	if s.single && len(all) == 1 {
		return all[0].shown.Load().exit
	}
	for _, p := range all {
		if p.shown.Load().State == Failed {
			return 1
		}
	}
	return 0
}

// hopeless reports whether a program that is given up is the only one, and stays down.
func (s *Supervisor) hopeless() bool {
	return s.options.Unattended != nil && s.options.Unattended() && len(s.all()) == 1
}

func (s *Supervisor) alert(a Alert) {
	if s.options.Alert == nil {
		return
	}
	s.alerting.Go(func() { s.options.Alert(s.alerts, a) })
}

func (s *Supervisor) finishAlerts() {
	timer := time.AfterFunc(alertTime, s.endAlert)
	defer timer.Stop()
	s.alerting.Wait()
	s.endAlert()
}

// all are the programs in the order of their names.
func (s *Supervisor) all() []*program {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []*program
	for _, name := range slices.Sorted(maps.Keys(s.programs)) {
		all = append(all, s.programs[name])
	}
	return all
}
