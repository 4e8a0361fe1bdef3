package supervise

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"syscall"
	"time"

	"github.com/gind/gind/internal/supervise/notify"
)

var (
	errStopped  = errors.New("the program was stopped")
	errStopping = errors.New("the program is being stopped")
)

// start starts the process that is to be in service.
func (p *program) start() {
	p.stopTimer()
	p.halted = false
	open, err := p.sockets.Change(p.plan.wanted())
	if err == nil {
		p.sockets.Keep(open)
		p.current, err = p.begin(p.plan, open, nil)
	}
	if err != nil {
		p.failedToStart(err)
		return
	}
	p.set(Starting, "")
	p.log.Info("the program was started", "program_pid", p.current.PID(), "restarts", p.restarts)
}

// failedToStart treats a program that can't even be executed like one that
// ends at once, with the exit status that a shell would give it.
func (p *program) failedToStart(err error) {
	p.exit = statusOf(err)
	p.lastExit, p.lastEnd = "cannot be started", time.Now()
	p.answer(err)
	attrs := p.wentDown(0, isFinal(err), false, err.Error())
	p.raise(p.takeAlarm())
	p.say(slog.LevelError, p.host.events.Crashed, "the program cannot be started", append(attrs, slog.Any("err", err))...)
}

// statusOf is 127 for a program that is not there, and 126 for everything else.
func statusOf(err error) int {
	var m *Mistake
	if !errors.Is(err, fs.ErrNotExist) || errors.As(err, &m) && m.Key != "command" {
		return 126
	}
	return 127
}

// isFinal reports whether a program that could not be started will not be startable by
// itself either: in a container, nobody comes to put it there.
func isFinal(err error) bool {
	var m *Mistake
	return errors.As(err, &m) || errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.ENOEXEC)
}

// checkReady acts when a process has become ready.
func (p *program) checkReady(r *run) {
	if r.ready || r.ctx.Err() != nil || r.failure != "" || !r.isReady() {
		return
	}
	r.ready = true
	r.unready.Stop()
	p.feed(r)
	p.log.Info("the program is ready", "program_pid", r.PID(), "took", time.Since(r.began))
	switch r {
	case p.next:
		p.takeOver()
	case p.current:
		if p.state == Starting {
			p.set(Running, "")
			p.answer(nil)
		}
	}
}

// late ends a process that is not ready in time.
func (p *program) late(r *run) {
	if !r.ready {
		p.hung(r, fmt.Sprintf("it was not ready within %v", r.plan.Start.Timeout))
	}
}

// hung ends a process that does not work any more, in a way that has a Go
// program write what its goroutines were doing.
func (p *program) hung(r *run, reason string) {
	if r.failure != "" || r.ctx.Err() != nil || p.stopping || p.halting {
		return
	}
	r.failure = reason
	p.say(slog.LevelError, p.host.events.Hung, "the program hangs and is ended", slog.Int("program_pid", r.PID()), slog.String("reason", reason))
	r.end(abortSignal, abortGrace)
}

// ended is called once for each process, when nothing is left of it.
func (p *program) ended(r *run) {
	r.unready.Stop()
	if r.dog != nil {
		r.dog.Stop()
	}
	switch r {
	case p.next:
		p.nextEnded(r)
	case p.current:
		p.current = nil
		p.lastExit, p.lastEnd, p.exit = exitText(r), time.Now(), r.Exit().Status()
		p.currentEnded(r)
	default:
		delete(p.leaving, r)
		r.verdict = verdict{message: "the replaced process has ended", attrs: exitAttrs(r)}
	}
	if p.stopping {
		p.settle()
	}
}

func (p *program) currentEnded(r *run) {
	r.verdict.attrs = exitAttrs(r)
	switch {
	case p.stopping:
		r.verdict.message = "the program was stopped"
	case p.halting:
		p.halting = false
		p.stayDown()
		p.answer(nil)
		r.verdict.message = "the program was stopped"
	case p.again:
		p.again = false
		r.verdict.message = "the program was stopped to be started anew"
		p.start()
	case p.next != nil:
		r.verdict.level, r.verdict.message = slog.LevelError, "the program ended while it was being replaced"
		p.promote()
	case time.Now().Before(r.quitting):
		p.set(Stopped, "")
		p.answer(errStopped)
		r.verdict.message = "the program ended on the signal that was passed on"
	default:
		p.answer(fmt.Errorf("the program ended: %s", exitText(r)))
		clean := r.failure == "" && (r.Exit().Success() || asked(r.Exit()))
		more := p.wentDown(time.Since(r.began), false, clean, exitText(r))
		r.verdict.attrs, r.verdict.alarm = append(r.verdict.attrs, more...), p.takeAlarm()
		r.verdict.message = "the program ended by itself"
		if !clean {
			r.verdict.level, r.verdict.message, r.verdict.event = slog.LevelError, "the program crashed", p.host.events.Crashed
		}
	}
}

// wentDown decides what becomes of a program that is down without being told
// to, and returns what is to be said of it. final says that no restart would help.
func (p *program) wentDown(ran time.Duration, final, clean bool, reason string) []slog.Attr {
	switch {
	case p.plan.Restart == "no" && clean, p.plan.Restart == "on-failure" && clean:
		p.set(Stopped, "")
	case p.plan.Restart == "no":
		p.set(Failed, reason)
	case final && p.restarts == 0 && p.endsWhenGivenUp():
		p.set(Failed, reason)
		p.alarm = p.newAlarm(reason, 1)
	case p.crashes.add(time.Now()):
		p.giveUp(reason)
	default:
		delay := p.pauses.next(ran)
		p.restartIn(delay, reason)
		return []slog.Attr{slog.Duration("restart_in", delay)}
	}
	return []slog.Attr{slog.String("state", string(p.state))}
}

func (p *program) restartIn(delay time.Duration, reason string) {
	p.restarts++
	p.nextStart = time.Now().Add(delay)
	p.set(Waiting, reason)
	if delay == 0 {
		p.start()
		return
	}
	var timer *time.Timer
	timer = p.after(delay, func() {
		if p.timer == timer && !p.stopping {
			p.start()
		}
	})
	p.timer = timer
}

// endsWhenGivenUp reports whether nobody is waited for to resume it.
func (p *program) endsWhenGivenUp() bool {
	then := p.plan.CrashLoop.Then
	return then == "exit" || then == "auto" && p.host.hopeless()
}

// giveUp ends the restarts, and tells somebody.
func (p *program) giveUp(reason string) {
	c := p.plan.CrashLoop
	state := Paused
	if p.endsWhenGivenUp() {
		state = Failed
	}
	p.set(state, fmt.Sprintf("%d crashes within %v, the last: %s", c.Crashes, c.Window, reason))
	p.say(levelCrit, p.host.events.Paused, "the program crashes again and again and is not restarted any more",
		slog.Int("crashes", c.Crashes), slog.Duration("window", c.Window), slog.String("last", reason))
	p.alarm = p.newAlarm(reason, c.Crashes)
}

func (p *program) newAlarm(reason string, crashes int) *Alert {
	return &Alert{
		Program: p.name, Command: p.plan.Command, Reason: reason, Ended: p.state == Failed, Crashes: crashes,
		Window: p.plan.CrashLoop.Window, ExitStatus: p.exit, Time: time.Now(),
	}
}

func (p *program) takeAlarm() (alarm *Alert) {
	alarm, p.alarm = p.alarm, nil
	return alarm
}

// raise sends an alarm, if there is one, with what the program has printed last. It
// may be called from any goroutine.
func (p *program) raise(alarm *Alert) {
	if alarm == nil {
		return
	}
	alarm.Lines = p.recent.Lines()
	p.host.alert(*alarm)
}

// resume starts a program that is down, with its crashes forgotten.
func (p *program) resume() error {
	switch {
	case p.stopping:
		return errStopped
	case p.halting:
		return errStopping
	case p.current != nil:
		return nil
	}
	p.crashes.clear()
	p.pauses.clear()
	p.log.Info("the program is resumed", "was", string(p.state))
	p.start()
	return nil
}

// told acts on a notification of a process.
func (p *program) told(r *run, m notify.Message) {
	if r != p.current && r != p.next && m.Extend == 0 {
		return
	}
	if m.Status != nil {
		r.status = *m.Status
	}
	if m.Extend > 0 {
		p.extend(r, m.Extend)
	}
	if m.Watchdog > 0 {
		r.interval = m.Watchdog
	}
	if m.Ping || m.Watchdog > 0 {
		p.feed(r)
	}
	if m.Trigger {
		p.hung(r, "it asked to be restarted (WATCHDOG=trigger)")
	}
	if m.Ready {
		r.notified = true
		p.checkReady(r)
	}
	if r == p.current {
		p.host.relay(m)
	}
}

// extend gives a process more time, to start or to stop.
func (p *program) extend(r *run, d time.Duration) {
	if !r.ready {
		r.unready.Reset(d)
	}
	select {
	case r.extend <- d:
	default:
	}
}

// feed keeps the watchdog quiet for another interval, once the process is ready.
func (p *program) feed(r *run) {
	if r.interval == 0 || !r.ready {
		return
	}
	if r.dog != nil {
		r.dog.Stop()
	}
	interval := r.interval
	r.dog = p.after(interval, func() { p.hung(r, fmt.Sprintf("it has not sent WATCHDOG=1 for %v", interval)) })
}

func exitText(r *run) string {
	if r.failure != "" {
		return r.failure + " (" + r.Exit().String() + ")"
	}
	return r.Exit().String()
}

func exitAttrs(r *run) []slog.Attr {
	exit := r.Exit()
	attrs := []slog.Attr{slog.String("exit", exit.String()), slog.Duration("ran", time.Since(r.began))}
	if r.failure != "" {
		attrs = append(attrs, slog.String("reason", r.failure))
	}
	if exit.MaxMemory > 0 {
		attrs = append(attrs, slog.Uint64("max_memory", exit.MaxMemory), slog.Duration("cpu", exit.CPU))
	}
	return attrs
}
