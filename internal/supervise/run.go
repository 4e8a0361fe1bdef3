package supervise

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/gind/gind/internal/supervise/notify"
	"github.com/gind/gind/internal/supervise/sockets"
)

const (
	// abortGrace is how long a program that hangs may take to write what it
	// was doing.
	abortGrace = 5 * time.Second

	// drainTime is how long the last output may take once nothing of the
	// program is left. Only a process that escaped can hold it.
	drainTime = 2 * time.Second

	// startProbes is the most time between two probes until the first one passes.
	startProbes = 250 * time.Millisecond
)

// run is one process of a program, from its start to the end of its output.
// The fields up to the blank line belong to the program's loop.
type run struct {
	plan     *plan
	began    time.Time
	notified bool      // it sent READY=1
	probed   bool      // its probe passed
	settled  bool      // it ran long enough
	ready    bool      // all of that which is wanted
	status   string    // that it sent
	failure  string    // why it was ended: it hung
	quitting time.Time // until then it ends because it was asked to
	unready  *time.Timer
	dog      *time.Timer
	interval time.Duration // of the watchdog
	verdict  verdict

	*launched
	beside  *beside // nil for one that was started alone
	program *program
	ctx     context.Context // done when the process has ended
	cancel  context.CancelFunc
	ending  sync.Once
	hurry   chan struct{} // closed to end it at once
	hurried sync.Once
	extend  chan time.Duration
}

// verdict is what is said of a run that has ended.
type verdict struct {
	level   slog.Level
	event   string
	message string
	attrs   []slog.Attr
	alarm   *Alert // raised once all is in that the process has printed
}

// beside is what a process has that was started beside the one in service.
type beside struct{ twins sockets.Twins }

// begin starts a process and what watches it.
func (p *program) begin(plan *plan, open map[string]sockets.Socket, beside *beside) (*run, error) {
	r := &run{
		plan: plan, program: p, began: time.Now(), interval: plan.Watchdog, beside: beside,
		hurry: make(chan struct{}), extend: make(chan time.Duration, 1),
	}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	l, err := p.host.launch(listener{
		log: p.host.log.Handler(), recent: p.recent,
		told: func(m notify.Message) { p.do(func() { p.told(r, m) }) },
	}, plan, sockets.Passed(open))
	if err != nil {
		r.cancel()
		return nil, err
	}
	r.launched = l
	p.printed.add(r)
	r.unready = p.after(plan.Start.Timeout, func() { p.late(r) })
	p.after(plan.Start.Settle, func() { r.settled = true; p.checkReady(r) })
	p.running.Go(r.watch)
	if plan.Probe.wanted() {
		p.running.Go(r.keepProbing)
	}
	return r, nil
}

// isReady reports whether everything that is wanted of it was seen.
func (r *run) isReady() bool {
	if r.plan.Start.Notify && !r.notified || r.plan.Probe.wanted() && !r.probed {
		return false
	}
	return r.plan.Start.Notify || r.plan.Probe.wanted() || r.settled
}

// watch waits for the end, and sees that nothing is left and nothing unsaid.
func (r *run) watch() {
	<-r.Done()
	r.cancel()
	err := r.KillAll()
	r.program.do(func() { r.program.ended(r) })
	if err != nil {
		r.program.log.Error("processes of the program could not be killed", "program_pid", r.PID(), "err", err)
	}
	select {
	case <-r.printed:
		r.close()
	case <-time.After(drainTime):
		r.close()
		<-r.printed
	}
	r.program.printed.close(r)
	v := r.verdict
	r.program.say(v.level, v.event, v.message, append(v.attrs, slog.Int("program_pid", r.PID()))...)
	r.program.raise(v.alarm)
}

// end has the process end: the signal, and when the grace is over everything
// is killed. It returns at once; the first call counts.
func (r *run) end(sig os.Signal, grace time.Duration) {
	r.ending.Do(func() {
		r.program.running.Go(func() { r.endWithin(sig, grace) })
	})
}

func (r *run) endWithin(sig os.Signal, grace time.Duration) {
	log := r.program.log.With("program_pid", r.PID())
	if err := r.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		log.Warn("the program could not be told to stop", "signal", sig.String(), "err", err)
	}
	deadline := time.NewTimer(grace)
	defer deadline.Stop()
	for {
		select {
		case <-r.Done():
			return
		case d := <-r.extend:
			deadline.Reset(d)
			continue
		case <-deadline.C:
			log.Warn("the program did not stop in time and is killed", "signal", sig.String(), "grace", grace)
		case <-r.hurry:
		}
		if err := r.Signal(os.Kill); err != nil && !errors.Is(err, os.ErrProcessDone) {
			log.Error("the program could not be killed", "err", err)
		}
		return // what it started is killed when it has ended
	}
}

// kill cuts the grace short.
func (r *run) kill() { r.hurried.Do(func() { close(r.hurry) }) }

// keepProbing probes until the process ends. Until the first pass failures do
// not count; how long that may take is the start's timeout.
func (r *run) keepProbing() {
	settings := r.plan.Probe
	passed, failures := false, 0
	beside := r.beside
	for {
		err := r.program.host.probe(r.ctx, r.plan, r.launched, beside)
		if r.ctx.Err() != nil {
			return
		}
		switch {
		case err != nil && !passed:
		case err != nil:
			failures++
			r.program.log.Warn("a probe of the program failed", "program_pid", r.PID(), "err", err, "failures", failures, "of", settings.Failures)
			if failures == settings.Failures {
				r.program.do(func() { r.program.hung(r, "its probe failed: "+err.Error()) })
				return
			}
		case !passed:
			passed, beside = true, nil
			r.program.do(func() { r.probed = true; r.program.checkReady(r) })
		default:
			failures = 0
		}
		pause := settings.Interval
		if !passed {
			pause = min(pause, startProbes)
		}
		select {
		case <-r.ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}
