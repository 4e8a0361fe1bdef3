package service

import (
	"cmp"
	"context"
	"errors"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"github.com/gind/gind/internal/backoff"
	"github.com/gind/gind/internal/command"
	"github.com/gind/gind/internal/handoff"
	"github.com/gind/gind/internal/sdnotify"
	"github.com/gind/gind/internal/service/attempts"
	"github.com/gind/gind/internal/unit"
	"github.com/gind/gind/internal/wiring"
)

// A service need not begin, which is no failure.
var (
	// ErrStopped: it was told to stop before.
	ErrStopped = attempts.ErrStopped
	// ErrMended: it is to begin anew, with another config or program.
	ErrMended = attempts.ErrMended
)

// awaitTurn waits if starts before this one have failed. A config that is bad is told at
// once, and is no failure of a start.
func (s *Service) awaitTurn(ctx context.Context) error {
	if !s.config.Store().IsWhole() {
		return nil
	}
	ctx, release := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer release()
	return s.attempts.Begin(ctx)
}

// attemptsOptions keep a record of the start where systemd tries again, and has a folder
// that outlives the process (RuntimeDirectory=). A successor's start is its predecessor's
// business.
func (s *Service) attemptsOptions(ctx context.Context) attempts.Options {
	o := attempts.Options{
		Policy: func() backoff.Policy { return wiring.Starts(s.keys()) },
		ByHand: unit.IsStartedByHand, Crash: s.watchdog.Ended, Unit: s.unit, Log: s.log,
	}
	if dir := sdnotify.Directory("RUNTIME_DIRECTORY"); dir != "" && s.unit.Enabled() && unit.Manager() == nil {
		o.Dir = dir
		o.Config, _ = s.fingerprint(ctx)
		o.Program = attempts.Program()
		o.Mended = func(ctx context.Context) bool { return s.isMended(ctx, o.Config) }
	}
	return o
}

// fingerprint of what the config says by now, and whether it is good.
func (s *Service) fingerprint(ctx context.Context) (print string, good bool) {
	now, err := s.Loader.Peek(ctx)
	if now == nil {
		return "", false
	}
	return attempts.Files(now.SHA256, slices.Concat(now.Files, now.SecretFiles())), err == nil
}

// isMended reports whether another program, or a good config that is another, is there.
func (s *Service) isMended(ctx context.Context, config string) bool {
	next := cmp.Or(s.programs.Next(), handoff.Started().Path)
	if same, exists := handoff.Runs(next); exists && !same {
		return true
	}
	print, good := s.fingerprint(ctx)
	return good && print != config
}

// note how the process ends, for the next one. A bad config is not tried again.
func (s *Service) note(err error) {
	var bad *command.ConfigError
	switch {
	case errors.Is(err, ErrMended):
	case err == nil || errors.As(err, &bad):
		s.attempts.Forget()
	default:
		s.attempts.Failed(err)
	}
}
