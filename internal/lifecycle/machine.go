// Package lifecycle is the state machine of a service and the signals that
// drive it. It knows the order of things and nothing of what they do: it is
// handed functions.
//
//	SIGHUP           reload
//	SIGUSR2          upgrade
//	SIGTERM, SIGINT  drain; a second one ends the drain at once
package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// Errors of requests that the present state does not allow.
var (
	ErrStarting  = errors.New("the service is still starting")
	ErrDraining  = errors.New("the service is draining")
	ErrUpgrading = errors.New("an upgrade is under way")
)

// Actions are what a Machine does on its way. Ready and Changed may be nil.
type Actions struct {
	// Start returns when the service is ready to serve, or why it can't be.
	// Its context ends when the service is told to stop before it is ready.
	Start func(context.Context) error
	// Ready is called once the service is: whoever hears of it from here finds
	// that reloads and upgrades are taken.
	Ready func()
	// Reload is what a SIGHUP asks for. It is to call Machine.Reload.
	Reload func(who string)
	// Upgrade is what a SIGUSR2 asks for. It is to call Machine.Upgrade.
	Upgrade func(who string)
	// Drain finishes what is in flight and returns. Its context ends when a
	// second signal says to hurry.
	Drain func(context.Context) error
	// Changed is told each change of the state, one at a time and in order. It
	// must not call the Machine.
	Changed func(from, to State)
}

// stay is a state with its beginning.
type stay struct {
	in    State
	since time.Time
}

// Machine runs the life of one service. Its methods may be called concurrently.
type Machine struct {
	actions Actions
	state   atomic.Pointer[stay]
	change  sync.Mutex // held while the state changes and Changed runs
	ready   time.Time  // when the service first was

	busy    sync.Mutex    // held by the reload or the upgrade that runs
	hangups chan string   // capacity one: a storm of SIGHUP is one more reload
	upgrade chan string   // capacity one
	stop    chan struct{} // closed when the service has to stop
	stopped sync.Once
	failure atomic.Pointer[error]
}

// New returns a Machine in the state Starting.
func New(actions Actions) *Machine {
	m := &Machine{
		actions: actions,
		hangups: make(chan string, 1),
		upgrade: make(chan string, 1),
		stop:    make(chan struct{}),
	}
	m.state.Store(&stay{Starting, time.Now()})
	return m
}

// State is the present state.
func (m *Machine) State() State { return m.state.Load().in }

// Stay is the present state, and when it began. Ready began when the service first was:
// a reload, or an upgrade that failed, is no interruption.
func (m *Machine) Stay() (in State, since time.Time) {
	now := m.state.Load()
	return now.in, now.since
}

// Run starts the service, lets signals drive it and returns when it has
// stopped. The error is the one of Start, of Drain or of Fail. When ctx ends,
// the service drains as on SIGTERM.
func (m *Machine) Run(ctx context.Context) error {
	signals, release := watch()
	defer release()

	hurry, hurryUp := context.WithCancel(context.Background())
	defer hurryUp()
	go m.listen(ctx, signals, hurryUp)

	err := m.start()
	if err == nil {
		m.serve()
	}
	m.Stop()
	m.settle()
	m.set(Draining)
	err = errors.Join(err, m.actions.Drain(hurry), m.failed())
	m.set(Stopped)
	return err
}

// Stop makes Run drain and return. It does not wait.
func (m *Machine) Stop() { m.stopped.Do(func() { close(m.stop) }) }

// Fail makes Run drain and return err. The first failure counts.
func (m *Machine) Fail(err error) {
	m.failure.CompareAndSwap(nil, &err)
	m.Stop()
}

// Failed reports whether Run was told to return an error.
func (m *Machine) Failed() bool { return m.failed() != nil }

// Reload runs reload in the state Reloading and returns its error. Reloads and
// upgrades come one after another; during a start or a drain they are refused.
func (m *Machine) Reload(ctx context.Context, reload func(context.Context) error) error {
	return m.exclusive(ctx, Reloading, reload)
}

// Upgrade runs upgrade in the state Upgrading. When it succeeds, a successor
// has taken over and the service drains. An upgrade during an upgrade is
// refused with ErrUpgrading.
func (m *Machine) Upgrade(ctx context.Context, upgrade func(context.Context) error) error {
	if m.State() == Upgrading {
		return ErrUpgrading
	}
	return m.exclusive(ctx, Upgrading, func(ctx context.Context) error {
		err := upgrade(ctx)
		if err == nil {
			m.Stop()
		}
		return err
	})
}

// settle waits for a reload or an upgrade that is being broken off.
func (m *Machine) settle() {
	m.busy.Lock()
	m.busy.Unlock() //nolint:staticcheck // an empty critical section is the wait
}

func (m *Machine) start() error {
	ctx, cancel := m.untilStop(context.Background())
	defer cancel()
	if err := m.actions.Start(ctx); err != nil {
		if ctx.Err() != nil && errors.Is(err, context.Canceled) {
			return nil // told to stop before it was ready: that is no failure
		}
		return err
	}
	m.set(Ready)
	if m.actions.Ready != nil {
		m.actions.Ready()
	}
	return nil
}

// serve lets hangups and upgrades through until the service has to stop.
func (m *Machine) serve() {
	for {
		select {
		case <-m.stop:
			return
		case who := <-m.hangups:
			m.actions.Reload(who)
		case who := <-m.upgrade:
			m.actions.Upgrade(who)
		}
	}
}

// listen turns signals into requests. It outlives the drain, so that a second
// signal can hurry it.
func (m *Machine) listen(ctx context.Context, signals <-chan os.Signal, hurryUp func()) {
	done := ctx.Done()
	for {
		select {
		case <-done:
			done = nil
			m.Stop()
		case sig, ok := <-signals:
			if !ok {
				return
			}
			switch requestOf(sig) {
			case requestReload:
				offer(m.hangups, describe(sig))
			case requestUpgrade:
				offer(m.upgrade, describe(sig))
			case requestStop:
				if m.stopping() {
					hurryUp()
				}
				m.Stop()
			}
		}
	}
}

// exclusive runs an action in a state of its own. The action's context also
// ends when the service has to stop.
func (m *Machine) exclusive(ctx context.Context, during State, action func(context.Context) error) error {
	m.busy.Lock()
	defer m.busy.Unlock()
	if m.stopping() {
		return ErrDraining
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if !m.move(Ready, during) {
		return m.refusal()
	}
	defer m.move(during, Ready)
	ctx, cancel := m.untilStop(ctx)
	defer cancel()
	return action(ctx)
}

func (m *Machine) refusal() error {
	switch state := m.State(); state {
	case Starting:
		return ErrStarting
	case Draining, Stopped:
		return ErrDraining
	default:
		return fmt.Errorf("the service is %s", state)
	}
}

func (m *Machine) stopping() bool {
	select {
	case <-m.stop:
		return true
	default:
		return false
	}
}

// untilStop is a context that also ends when the service has to stop.
func (m *Machine) untilStop(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		select {
		case <-m.stop:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

func (m *Machine) failed() error {
	if err := m.failure.Load(); err != nil {
		return *err
	}
	return nil
}

func (m *Machine) set(to State) {
	m.change.Lock()
	defer m.change.Unlock()
	m.enter(to)
}

// move changes the state only if it is from.
func (m *Machine) move(from, to State) bool {
	m.change.Lock()
	defer m.change.Unlock()
	if m.State() != from {
		return false
	}
	m.enter(to)
	return true
}

func (m *Machine) enter(to State) {
	from, since := m.State(), time.Now()
	if to == Ready {
		if m.ready.IsZero() {
			m.ready = since
		}
		since = m.ready
	}
	m.state.Store(&stay{to, since})
	if m.actions.Changed != nil {
		m.actions.Changed(from, to)
	}
}

func describe(sig os.Signal) string { return "signal " + sig.String() }

func offer(queue chan string, who string) {
	select {
	case queue <- who:
	default: // one is already waiting, and it will see what this one would
	}
}
