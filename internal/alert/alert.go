// Package alert tells somebody that a service has failed: by a command, a webhook
// or a mail.
//
//	err := alert.Send(ctx, targets, notice)
//
// Each target is tried on its own, and again where it fails, until its time is up.
// Errors name the target and never its address, which may be all that a stranger
// needs to post.
package alert

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Notice is what is told.
type Notice struct {
	// Unit that failed, as gind.service, and the machine that it is on.
	Unit string `json:"unit"`
	Host string `json:"host"`

	// Result as systemd has it: exit-code, signal, core-dump, watchdog,
	// start-limit-hit, oom-kill and so on; crash-loop for one that is tried again.
	Result string `json:"result"`

	// ExitStatus of the main process, or the number of the signal that ended it;
	// ExitCode tells which: exited, killed or dumped.
	ExitStatus int    `json:"exit_status"`
	ExitCode   string `json:"exit_code,omitempty"`

	// Restarts that were tried in a row.
	Restarts int `json:"restarts"`

	// Reason in one line: the last error, or the crash.
	Reason string `json:"reason"`

	// CrashLoop: it starts, fails and is tried again, and goes on so.
	CrashLoop bool `json:"crash_loop,omitempty"`

	// Test: nothing has failed, somebody wants to see whether alerts arrive.
	Test bool `json:"test,omitempty"`

	// Remedy is the line of shell that brings the unit back once the reason is
	// mended; empty if there is none.
	Remedy string `json:"remedy,omitempty"`

	// Dump is the path of the crash's report; empty if there is none.
	Dump string `json:"dump,omitempty"`

	// Time at which it failed.
	Time time.Time `json:"time"`

	// Records that were logged last, the oldest first.
	Records []string `json:"records"`
}

// Subject is the notice in one line.
func (n Notice) Subject() string {
	if n.Test {
		return oneLine(fmt.Sprintf("test: %s on %s has not failed, this is a test of its alerts", n.Unit, n.Host), maxSubject)
	}
	text := fmt.Sprintf("%s on %s has failed (%s)", n.Unit, n.Host, n.Result)
	if n.CrashLoop {
		text = fmt.Sprintf("%s on %s is in a crash loop", n.Unit, n.Host)
	}
	if reason := firstLine(n.Reason); reason != "" {
		text += ": " + reason
	}
	return oneLine(text, maxSubject)
}

// Target is one way to tell it.
type Target struct {
	// Name for errors.
	Name string

	// Via is a [Command], a [Webhook] or a [Mail].
	Via Via

	// Timeout of one attempt, 10 s by default.
	Timeout time.Duration

	// RetryFor is how long it is tried again where it fails, with pauses of 1, 2,
	// 4 s and so on up to 30 s. 0: it is tried once.
	RetryFor time.Duration

	// Failed is called at once when the first attempt has failed and others are to
	// come, which may take an hour. May be nil.
	Failed func(error)
}

// Via is how a target is reached.
type Via interface {
	deliver(ctx context.Context, n Notice) error
}

// Defaults and bounds.
const (
	DefaultTimeout = 10 * time.Second
	firstPause     = time.Second
	longestPause   = 30 * time.Second
)

// Send tells all targets at the same time and returns when each has been told or
// given up, or ctx ends. The error joins those of the targets that were not told.
func Send(ctx context.Context, targets []Target, n Notice) error {
	errs := make([]error, len(targets))
	var all sync.WaitGroup
	for i, t := range targets {
		all.Go(func() { errs[i] = t.tell(ctx, n.bounded()) })
	}
	all.Wait()
	return errors.Join(errs...)
}

// tell tries until it succeeds or the target's time is up.
func (t Target) tell(ctx context.Context, n Notice) error {
	end := time.Now().Add(t.RetryFor)
	pause := firstPause
	for attempt := 1; ; attempt++ {
		err := t.attempt(ctx, n)
		if err == nil {
			return nil
		}
		if isFinal(err) || ctx.Err() != nil || time.Now().Add(pause).After(end) {
			return fmt.Errorf("alert %s: %w (attempt %d)", t.Name, err, attempt)
		}
		if attempt == 1 && t.Failed != nil {
			t.Failed(fmt.Errorf("alert %s: %w (it is tried again for %v)", t.Name, err, t.RetryFor))
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
		pause = min(2*pause, longestPause)
	}
}

func (t Target) attempt(ctx context.Context, n Notice) error {
	timeout := t.Timeout
	if timeout <= 0 {
		timeout = DefaultTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	return t.Via.deliver(ctx, n)
}

// finalError is one that trying again does not mend.
type finalError struct{ error }

func (e finalError) Unwrap() error { return e.error }

func isFinal(err error) bool {
	var final finalError
	return errors.As(err, &final)
}
