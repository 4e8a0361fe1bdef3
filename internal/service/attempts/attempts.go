package attempts

import (
	"context"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/gind/gind/internal/backoff"
	"github.com/gind/gind/status"
)

// Unit is what systemd is told by Attempts.
type Unit interface {
	Say(line string)
	ExtendWhile(limit time.Duration, f func() error) error
}

// Options of Attempts.
type Options struct {
	// Dir is the folder that outlives a process. Empty: nothing is kept, and nobody waits.
	Dir string
	// Config and Program are fingerprints: a start with another of either is a new one.
	Config, Program string
	Policy          func() backoff.Policy
	// ByHand reports whether somebody asked for this start. The error is why that is
	// not known.
	ByHand func(context.Context) (bool, error)
	// Mended reports whether another config or program could be started by now.
	Mended func(context.Context) bool
	// Crash is how a process ended that has said nothing of it; empty if nobody knows.
	Crash func(pid int) string
	Unit  Unit
	Log   *slog.Logger
}

// Attempts are the starts of a service, this one and those before it. Its methods may be
// called concurrently.
type Attempts struct {
	Options
	mu  sync.Mutex
	now *record // of this start; nil where nothing is kept, or not any more
}

// New returns the Attempts of a process that has not begun to start.
func New(o Options) *Attempts { return &Attempts{Options: o} }

// Begin a start, when its time has come. The error is [ErrStopped] if ctx ends before
// that, [ErrMended] if a process that begins anew need not wait, or that the service is given up.
func (a *Attempts) Begin(ctx context.Context) error {
	if a.Dir == "" {
		return nil
	}
	before, err := read(a.Dir)
	if err != nil {
		a.Log.Warn("nobody knows how the start before this one ended, and it counts as a good one", "error", err)
	}
	policy := a.Policy()
	now := a.next(ctx, before, policy)
	if now.Failed > 0 {
		if err := a.lasts(now, policy); err != nil {
			return err
		}
		a.keep(now)
		if now.Looping && !before.Looping {
			a.tellLoop(now)
		}
		if err := a.wait(ctx, now); err != nil {
			return err
		}
	}
	now.Waiting, now.Time = false, time.Now()
	a.keep(now)
	return nil
}

// next is the record of a start after another one's.
func (a *Attempts) next(ctx context.Context, before *record, policy backoff.Policy) record {
	now := record{PID: os.Getpid(), Config: a.Config, Program: a.Program, Time: time.Now()}
	switch {
	case before == nil:
		return now
	case now.differs(*before) || a.isByHand(ctx):
		return now.anew(*before)
	}
	return now.follow(*before, a.why(*before), time.Now(), policy)
}

func (a *Attempts) isByHand(ctx context.Context) bool {
	byHand, err := a.ByHand(ctx)
	if err != nil {
		a.Log.Debug("it is not known whether somebody asked for this start", "error", err)
	}
	return byHand
}

// why a start has failed.
func (a *Attempts) why(before record) string {
	if before.Reason != "" {
		return before.Reason
	}
	if crash := a.Crash(before.PID); crash != "" {
		return firstLine(crash)
	}
	return "it ended without a word"
}

// keep the record of this start.
func (a *Attempts) keep(r record) {
	if err := r.write(a.Dir); err != nil {
		a.Log.Warn("if this start fails the next one will not know of it", "error", err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.now = &r
}

// Failed notes why this start has.
func (a *Attempts) Failed(reason error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.now == nil {
		return
	}
	a.now.Reason = firstLine(reason.Error())
	if err := a.now.write(a.Dir); err != nil {
		a.Log.Warn("the next start will not know why this one failed", "error", err)
	}
}

// Forget this start and those before it: it counts as a good one.
func (a *Attempts) Forget() { a.forget() }

// forget returns what was known.
func (a *Attempts) forget() *record {
	a.mu.Lock()
	defer a.mu.Unlock()
	was := a.now
	if was == nil {
		return nil
	}
	a.now = nil
	if err := remove(a.Dir); err != nil {
		a.Log.Warn("the next start will take this one for one that failed", "error", err)
	}
	return was
}

// Run forgets failed starts once the service, which is ready, has been so for a while.
func (a *Attempts) Run(ctx context.Context) {
	if a.Dir == "" {
		return
	}
	select {
	case <-time.After(a.Policy().Healthy):
	case <-ctx.Done():
		return
	}
	if was := a.forget(); was != nil {
		a.tellRecovery(*was)
	}
}

// Status is nil unless starts before this one have failed, and it is not known to be
// a good one yet.
func (a *Attempts) Status() *status.Starts {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.now == nil || a.now.Failed == 0 {
		return nil
	}
	return &status.Starts{Failed: a.now.Failed, Since: a.now.First, Last: a.now.Last, CrashLoop: a.now.Looping}
}

// maxReason is how much of a reason is kept.
const maxReason = 500

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return strings.ToValidUTF8(line[:min(len(line), maxReason)], "")
}
