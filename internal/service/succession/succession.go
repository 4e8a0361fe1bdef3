package succession

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gind/gind/internal/handoff"
	"github.com/gind/gind/internal/listener"
	"github.com/gind/gind/internal/socketunit"
	"github.com/gind/gind/internal/trial"
	"github.com/gind/gind/internal/unit"
	"github.com/gind/gind/status"
)

// Options of a Succession.
type Options struct {
	// Predecessor is the process that started this one in an upgrade, or nil.
	Predecessor *handoff.Predecessor
	Listeners   *listener.Set
	Unit        *unit.Unit
	Log         *slog.Logger
	// Timeout is how long an upgrade may take, Confirm how long the trial after it.
	Timeout, Confirm func() time.Duration
	// Programs are those that a start may run, and Program asks which one the unit names.
	Programs trial.Programs
	Program  func(context.Context) (string, error)
	// Fallen is the program that this process has come back for. May be nil.
	Fallen *Fallen
	// Alone runs an upgrade while nothing else changes the service; if it
	// succeeds, the service drains.
	Alone func(context.Context, func(context.Context) error) error
	// Manager is an error where another process can't follow this one: who started it
	// would not know that one.
	Manager func() error
	// Folder is the working directory of the unit, by the path that it has there.
	Folder func(context.Context) (string, error)
	// Sockets are the socket units of the unit, as systemd has them now.
	Sockets func(context.Context) ([]socketunit.Socket, error)
	// Ask asks this process what a client would be answered now. The error is that
	// there is no answer.
	Ask func(context.Context) (handoff.Answer, error)
	// Rest ends the application's background work, which the successor has from then
	// on, and returns when it has ended; Resume takes it up again.
	Rest   func(context.Context) error
	Resume func()
	// Hold leaves the config as it is from now on: the successor reads it.
	Hold func()
	// Line is that of "systemctl status".
	Line func() string
	// Arm has a crash of this process leave a report.
	Arm func()
}

// Succession is the place of this process among those that serve one service. Its
// methods may be called concurrently.
type Succession struct {
	Options
	successor atomic.Pointer[handoff.Successor] // nil until an upgrade has succeeded
	onTrial   atomic.Pointer[trial.Trial]       // nil if this program has proven itself
	letGo     sync.Mutex                        // held while a successor takes over, or a trial ends
	failure   atomic.Pointer[status.Upgrade]    // the last one
	adopting  sync.WaitGroup                    // of the predecessor's connections
	inherited inherited
	box       atomic.Pointer[opened]
	stale     atomic.Pointer[[]string]
}

// New returns the Succession of a process that serves nothing yet.
func New(o Options) *Succession {
	s := &Succession{Options: o}
	s.failure.Store(o.Fallen.upgrade())
	return s
}

// IsSuccessor reports whether an upgrade started this process.
func (s *Succession) IsSuccessor() bool { return s.Predecessor != nil }

// Failure is the last upgrade, if it has failed, else nil.
func (s *Succession) Failure() *status.Upgrade { return s.failure.Load() }

// Succeeded reports whether a successor serves.
func (s *Succession) Succeeded() bool { return s.successor.Load() != nil }
