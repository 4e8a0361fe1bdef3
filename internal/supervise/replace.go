package supervise

import (
	"errors"
	"fmt"
	"log/slog"
	"reflect"

	"github.com/gind/gind/internal/supervise/sockets"
)

var errReplacing = errors.New("a replacement is under way")

// replace starts another process by the plan, beside the one in service. Once
// it is ready it takes over, and the old one is stopped. Until then nothing
// has changed; reply is told how it went.
func (p *program) replace(plan *plan, reply chan<- error) {
	switch {
	case p.stopping:
		reply <- errStopped
		return
	case p.next != nil:
		reply <- errReplacing
		return
	case p.current == nil || p.again || p.halting:
		reply <- fmt.Errorf("the program is %s, there is nothing to replace", p.state)
		return
	}
	open, err := p.sockets.Change(plan.wanted())
	if err != nil {
		reply <- err
		return
	}
	var twins sockets.Twins
	if len(p.leaving) == 0 {
		twins = p.sockets.Twin(open)
	}
	next, err := p.begin(plan, open, &beside{twins})
	if err != nil {
		twins.Close()
		p.sockets.Dismiss(open)
		reply <- err
		return
	}
	p.next, p.pending = next, open
	p.waiting = append(p.waiting, reply)
	p.set(Replacing, "")
	p.log.Info("the program is being replaced", "program_pid", p.current.PID(), "new_pid", next.PID())
}

// takeOver puts the new process, which is ready, into service. The old one is
// told to stop once it has got all that is its.
func (p *program) takeOver() {
	old, beside := p.current, p.next.beside
	p.promote()
	p.leaving[old] = true
	p.running.Go(func() {
		beside.twins.Settle()
		old.end(old.plan.stopSignal, old.plan.Stop.Grace)
	})
	p.say(slog.LevelInfo, p.host.events.Replaced, "the program was replaced", slog.Int("program_pid", p.current.PID()), slog.Int("old_pid", old.PID()))
}

// promote makes the new process the current one, ready or not.
func (p *program) promote() {
	p.current, p.next = p.next, nil
	if err := p.current.beside.twins.TakeOver(); err != nil {
		p.log.Warn("connections could not be steered to the new process", "err", err)
	}
	p.sockets.Keep(p.pending)
	p.pending = nil
	p.adopt(p.current.plan)
	if !p.current.ready {
		p.set(Starting, "")
		return
	}
	p.set(Running, "")
	p.answer(nil)
}

// nextEnded leaves everything as it was before the replacement.
func (p *program) nextEnded(r *run) {
	p.next = nil
	r.beside.twins.Close()
	p.sockets.Dismiss(p.pending)
	p.pending = nil
	r.verdict = verdict{
		level: slog.LevelError, event: p.host.events.ReplaceFailed, attrs: exitAttrs(r),
		message: "the replacement failed, the program goes on as it was",
	}
	p.answer(fmt.Errorf("the new process ended before it was ready: %s", exitText(r)))
	if p.current != nil && !p.stopping {
		p.set(Running, "")
		if !p.current.ready {
			p.set(Starting, "")
		}
	}
}

// has reports whether plan is the program's own already.
func (p *program) has(plan *plan) bool { return reflect.DeepEqual(plan.Spec, p.plan.Spec) }

// reload makes plan the program's. One that has not changed goes on, and is
// resumed if it was down. One that has is replaced if it gets its sockets
// from here, so that the new process can serve beside the old one; otherwise
// it is stopped and started. reply is told how it went.
func (p *program) reload(plan *plan, reply chan<- error) {
	same := p.has(plan)
	switch {
	case p.stopping:
		reply <- errStopped
	case p.halting:
		reply <- errStopping
	case same && p.current != nil:
		reply <- nil
	case same && p.state == Stopped:
		reply <- nil // it has done what it had to
	case p.next != nil:
		reply <- errReplacing
	case p.current == nil:
		p.waiting = append(p.waiting, reply)
		p.adopt(plan)
		_ = p.resume() // it was not stopped
	case len(plan.Sockets) > 0:
		p.replace(plan, reply)
	default:
		p.waiting = append(p.waiting, reply)
		p.adopt(plan)
		p.again = true
		p.set(Stopping, "")
		p.current.end(p.current.plan.stopSignal, p.current.plan.Stop.Grace)
	}
}
