package supervise

import (
	"context"
	"log/slog"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gind/gind/internal/supervise/notify"
	"github.com/gind/gind/internal/supervise/output"
	"github.com/gind/gind/internal/supervise/sockets"
)

// host is what programs need of their supervisor.
type host struct {
	log     *slog.Logger
	launch  launcher
	probe   prober
	alert   func(Alert)
	changed func()                 // a status has changed
	relay   func(m notify.Message) // a program in service has notified
	events  Events

	hopeless func() bool // nobody would resume it, and there is no other
}

// program is one supervised program. What happens to it happens in its loop,
// one thing at a time: everything else sends functions there. See life.go for
// its way through the states, replace.go for a rolling replacement.
type program struct {
	name    string
	host    host
	log     *slog.Logger
	recent  *output.Recent
	events  chan func()
	over    chan struct{}  // closed when the loop has ended
	running sync.WaitGroup // what belongs to processes
	shown   atomic.Pointer[Status]
	child   atomic.Pointer[run] // in service, for its memory
	printed tally

	// The rest belongs to the loop.

	plan    *plan
	sockets sockets.Sockets
	state   State
	since   time.Time
	reason  string

	current *run                      // in service
	next    *run                      // is to take its place
	leaving map[*run]bool             // were replaced, and have not ended yet
	pending map[string]sockets.Socket // the sockets of next

	pauses    pauses
	crashes   crashes
	timer     *time.Timer // until the next start
	nextStart time.Time
	restarts  int
	waiting   []chan<- error // those who want to know how a start ends

	alarm    *Alert // to be raised for what has just ended
	stopping bool   // for good
	again    bool   // to be started anew when the process has ended
	halting  bool   // to stay down until a resume
	halted   bool   // and it has

	lastExit string
	lastEnd  time.Time
	exit     int
}

// newProgram is a program whose loop runs. It is not started.
func newProgram(p *plan, h host, inherited *sockets.Inherited) *program {
	prog := &program{
		name: p.Name, host: h, log: h.log.With("program", p.Name), recent: &output.Recent{},
		events: make(chan func()), over: make(chan struct{}),
		state: Starting, since: time.Now(), sockets: sockets.New(inherited), leaving: map[*run]bool{},
	}
	prog.adopt(p)
	prog.publish()
	go prog.loop()
	return prog
}

// adopt makes p the plan of the next starts.
func (p *program) adopt(plan *plan) {
	p.plan = plan
	p.pauses = pauses{Backoff: plan.Backoff}
	p.crashes = crashes{CrashLoop: plan.CrashLoop}
}

func (p *program) loop() {
	defer close(p.over)
	for !p.finished() {
		(<-p.events)()
	}
	p.sockets.Keep(nil)
	p.sockets.Forget()
}

// finished reports whether the program was stopped for good and has.
func (p *program) finished() bool {
	return p.stopping && p.current == nil && p.next == nil && len(p.leaving) == 0
}

// do has the loop call f, and returns when what came of it can be seen. It
// reports false when the loop has ended. The loop itself must not call it.
func (p *program) do(f func()) bool {
	done := make(chan struct{})
	select {
	case p.events <- func() { f(); p.publish(); close(done) }:
	case <-p.over:
		return false
	}
	<-done
	return true
}

// after has the loop call f when the time is up.
func (p *program) after(d time.Duration, f func()) *time.Timer {
	return time.AfterFunc(d, func() { p.do(f) })
}

func (p *program) set(s State, reason string) {
	if p.state != s {
		p.since = time.Now()
	}
	p.state, p.reason = s, reason
}

// publish shows the status to everybody.
func (p *program) publish() {
	s := Status{
		Name: p.name, State: p.state, Since: p.since, Reason: p.reason, Restarts: p.restarts,
		LastExit: p.lastExit, LastEnd: p.lastEnd, exit: p.exit, held: p.halted && !p.stopping,
	}
	if p.state == Waiting {
		s.NextStart = p.nextStart
	}
	if r := p.current; r != nil {
		s.PID, s.Started, s.Text = r.PID(), r.began, r.status
	}
	p.child.Store(p.current)
	before := p.shown.Swap(&s)
	if before == nil || *before != s {
		p.host.changed()
	}
}

// status is the last one that was shown, with what changes all the time. It
// does not wait for the loop.
func (p *program) status() Status {
	s := *p.shown.Load()
	if r := p.child.Load(); r != nil && r.PID() == s.PID {
		s.Memory = r.Memory()
	}
	printed := p.printed.total()
	s.Lines, s.Dropped = printed.Lines, printed.Dropped
	return s
}

// signal passes a signal on to the process in service.
func (p *program) signal(sig os.Signal) {
	p.do(func() { p.pass(sig) })
}

func (p *program) pass(sig os.Signal) {
	if p.current == nil {
		return
	}
	if err := p.current.Signal(sig); err != nil {
		p.log.Warn("a signal could not be passed on", "signal", sig.String(), "err", err)
	}
}

// stop ends the program for good.
func (p *program) stop() { p.do(p.stopNow) }

func (p *program) stopNow() {
	p.stopping, p.again, p.halting = true, false, false
	p.stopTimer()
	if p.next != nil {
		p.next.end(p.next.plan.stopSignal, p.next.plan.Stop.Grace)
	}
	if p.current == nil {
		p.settle()
		return
	}
	p.set(Stopping, "")
	p.current.end(p.current.plan.stopSignal, p.current.plan.Stop.Grace)
}

// quit passes on a signal that ends many programs and has others, as a JVM, write what
// they are doing. One that ends within its grace was asked to; one that goes on goes on.
func (p *program) quit(sig os.Signal) {
	p.do(func() {
		if sig == p.plan.stopSignal {
			p.stopNow()
			return
		}
		if p.current != nil {
			p.current.quitting = time.Now().Add(p.current.plan.Stop.Grace)
			p.pass(sig)
		}
	})
}

// grace is how long its process may take to stop, 0 if there is none.
func (p *program) grace() (grace time.Duration) {
	p.do(func() {
		if p.current != nil {
			grace = p.current.plan.Stop.Grace
		}
	})
	return grace
}

// halt ends the program until it is resumed. reply is told when it has ended.
func (p *program) halt(reply chan<- error) {
	switch {
	case p.stopping:
		reply <- errStopped
	case p.next != nil:
		reply <- errReplacing
	case p.current == nil:
		p.stopTimer()
		p.stayDown()
		reply <- nil
	default:
		p.answer(errStopped)
		p.waiting = append(p.waiting, reply)
		p.again, p.halting = false, true
		p.set(Stopping, "")
		p.current.end(p.current.plan.stopSignal, p.current.plan.Stop.Grace)
	}
}

// stayDown is the end of a program that is down until somebody resumes it.
func (p *program) stayDown() {
	p.halted = true
	p.set(Stopped, "until it is resumed")
}

// kill ends everything at once that was told to end.
func (p *program) kill() {
	p.do(func() {
		for _, r := range []*run{p.current, p.next} {
			if r != nil {
				r.kill()
			}
		}
		for r := range p.leaving {
			r.kill()
		}
	})
}

// settle is the state of a program that has ended for good.
func (p *program) settle() {
	if p.current != nil || p.next != nil {
		return
	}
	if p.state != Failed {
		p.set(Stopped, "")
	}
	p.answer(errStopped)
}

// answer tells everybody who waits how it went.
func (p *program) answer(err error) {
	for _, reply := range p.waiting {
		reply <- err
	}
	p.waiting = nil
}

// say logs something about the program, with the id of its event if it has one.
func (p *program) say(level slog.Level, event, message string, attrs ...slog.Attr) {
	if event != "" {
		attrs = append(attrs, slog.String("message_id", event))
	}
	if !p.log.Enabled(context.Background(), level) {
		return
	}
	var caller [1]uintptr
	runtime.Callers(2, caller[:])
	r := slog.NewRecord(time.Now(), level, message, caller[0])
	r.AddAttrs(attrs...)
	_ = p.log.Handler().Handle(context.Background(), r) // as slog.Logger does
}

func (p *program) stopTimer() {
	if p.timer != nil {
		p.timer.Stop()
	}
	p.timer = nil
}
