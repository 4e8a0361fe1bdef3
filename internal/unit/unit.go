package unit

import (
	"context"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"github.com/gind/gind/internal/sdnotify"
	"github.com/gind/gind/internal/winsvc"
)

// BarrierTime is how long systemd may take to read what it was told.
const BarrierTime = 5 * time.Second

// lineInterval is how often "systemctl status" gets a new line.
const lineInterval = 5 * time.Second

// Options of a Unit.
type Options struct {
	// Steady reports whether the state of the service has no line of its own for
	// "systemctl status", so that Line may set it.
	Steady func() bool
	// Windows is what Windows' service manager is told by, or nil.
	Windows *winsvc.Service
	// Failed is told why systemd could not be told something. The service goes on.
	Failed func(error)
}

// Unit is systemd's view of a service, or that of Windows' service manager, which has
// fewer words for it. Its methods may be called concurrently. They do nothing where
// there is neither, and while another process is the service's main one.
type Unit struct {
	options  Options
	notifier atomic.Pointer[sdnotify.Notifier] // nil while another process is the main one
}

// New returns the Unit of a process that is not the main one: see Become.
func New(o Options) *Unit { return &Unit{options: o} }

// Become has systemd told from now on. The error is that of an environment which
// names no usable socket; then nothing is told.
func (u *Unit) Become() error {
	notifier, err := sdnotify.New()
	u.notifier.Store(notifier)
	return err
}

// TakeOver is Become for a process that follows another one. Its first ping after a
// probe comes when it serves: until then the watchdog has to be quiet, too.
func (u *Unit) TakeOver() {
	u.told(u.Become())
	u.told(u.Ping())
}

// Yield makes another process of the unit its main one. From then on systemd
// listens to that alone, and nothing is told from here until take back.
func (u *Unit) Yield(pid int) (takeBack func(), err error) {
	notifier := u.notifier.Swap(nil)
	u.told(notifier.Ping()) // the watchdog's time goes on, whoever is the main process
	if err := notifier.MainPID(pid); err != nil {
		u.notifier.Store(notifier)
		return nil, fmt.Errorf("tell systemd of the main process: %w", err)
	}
	if err := notifier.Barrier(BarrierTime); err != nil {
		u.told(notifier.MainPID(os.Getpid())) // whenever systemd reads the first message, this one comes next
		u.notifier.Store(notifier)
		return nil, fmt.Errorf("systemd has not read who the main process is: %w", err)
	}
	return func() {
		u.told(notifier.MainPID(os.Getpid()))
		u.told(notifier.Barrier(BarrierTime))
		u.notifier.Store(notifier)
	}, nil
}

// Enabled reports whether there is a systemd to tell.
func (u *Unit) Enabled() bool { return u.notifier.Load().Enabled() }

// Ready says that the service has started, or has finished a reload.
func (u *Unit) Ready(line string) {
	u.options.Windows.Ready()
	u.told(u.notifier.Load().Ready(line))
}

// Reloading says that a reload has begun. Ready must follow.
func (u *Unit) Reloading() { u.told(u.notifier.Load().Reloading("reloading")) }

// Stopping says that the drain has begun.
func (u *Unit) Stopping() {
	u.options.Windows.Stopping()
	u.told(u.notifier.Load().Stopping("draining"))
}

// Say sets the line of "systemctl status", whatever the state.
func (u *Unit) Say(line string) { u.told(u.notifier.Load().Status(line)) }

// Line sets the line of "systemctl status", unless the state has its own.
func (u *Unit) Line(line string) {
	if u.options.Steady() {
		u.Say(line)
	}
}

// KeepLine sets the line at once and then at intervals, until ctx ends.
func (u *Unit) KeepLine(ctx context.Context, line func() string) {
	ticker := time.NewTicker(lineInterval)
	defer ticker.Stop()
	for {
		u.Line(line())
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

// Ping keeps the watchdog quiet. The error is for the watchdog.
func (u *Unit) Ping() error { return u.notifier.Load().Ping() }

// Trigger has systemd do what a missed ping would do.
func (u *Unit) Trigger() { u.told(u.notifier.Load().Trigger()) }

// ExtendWhile runs f, which may take longer than the unit's own limit.
func (u *Unit) ExtendWhile(limit time.Duration, f func() error) error {
	return u.options.Windows.ExtendWhile(limit, func() error { return u.notifier.Load().ExtendWhile(limit, f) })
}

// StoreFD puts a descriptor into systemd's store and waits until it is there.
func (u *Unit) StoreFD(name string, f *os.File) error {
	notifier := u.notifier.Load()
	if err := notifier.StoreFD(name, f); err != nil {
		return err
	}
	return notifier.Barrier(BarrierTime)
}

// Forget takes descriptors out of systemd's store by their names, and waits until that
// has closed them.
func (u *Unit) Forget(names []string) {
	if len(names) == 0 {
		return
	}
	for _, name := range names {
		u.RemoveFD(name)
	}
	u.told(u.notifier.Load().Barrier(BarrierTime))
}

// RemoveFD takes every descriptor of a name out of the store.
func (u *Unit) RemoveFD(name string) { u.told(u.notifier.Load().RemoveFD(name)) }

func (u *Unit) told(err error) {
	if err != nil {
		u.options.Failed(err)
	}
}
