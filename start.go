package gind

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gind/gind/internal/health"
	"github.com/gind/gind/internal/journal"
	"github.com/gind/gind/internal/listener"
	"github.com/gind/gind/internal/sdnotify"
)

// start makes the service ready: it returns once every listener answers and
// every ready-check has passed.
func (a *application) start(ctx context.Context) error {
	limit := a.keys().Health.StartTimeout
	return a.notifier.ExtendWhile(limit, func() error {
		ctx, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		if err := a.open(); err != nil {
			return err
		}
		a.serve()
		a.tasks.start()
		go a.checks.Run(a.life)
		if err := a.awaitReady(ctx); err != nil {
			return err
		}
		a.ready()
		return nil
	})
}

// open takes what systemd passed and binds the rest.
func (a *application) open() error {
	inherited, err := sdnotify.Inherited()
	if err != nil {
		return err
	}
	sockets, rest := sortInherited(inherited)
	a.listeners, err = listener.Open(a.specs(), sockets)
	if err != nil {
		return err
	}
	a.listeners.SetIdleTimeout(a.keys().Server.IdleTimeout)
	return a.openControl(rest)
}

// sortInherited tells the sockets for requests from the control socket.
func sortInherited(all []sdnotify.File) (sockets []listener.Inherited, control *sdnotify.File) {
	for _, file := range all {
		if file.Name == controlName && control == nil {
			control = &file
			continue
		}
		sockets = append(sockets, listener.Inherited{Name: file.Name, File: file.File})
	}
	return sockets, control
}

// serve accepts on every listener. One that ends by itself ends the service.
func (a *application) serve() {
	for _, l := range a.listeners.Listeners() {
		go func() {
			if err := a.server.Serve(l.Name(), l, a.certificates.config(l.Name())); err != nil {
				a.machine.Fail(fmt.Errorf("listener %s: %w", l.Name(), err))
			}
		}()
	}
}

// awaitReady waits for the ready-checks, and shows which ones it waits for.
func (a *application) awaitReady(ctx context.Context) error {
	done := make(chan struct{})
	defer close(done)
	go every(time.Second, done, func() { a.tellStatus("starting" + a.pendingChecks()) })

	if err := a.checks.WaitReady(ctx); err != nil {
		return startError(err)
	}
	for _, l := range a.listeners.Listeners() {
		if err := a.probe(ctx, l); err != nil {
			return err
		}
	}
	return nil
}

// startError makes a start that was broken off by a signal no failure.
func startError(err error) error {
	if errors.Is(err, context.Canceled) {
		return context.Canceled
	}
	return err
}

func (a *application) pendingChecks() string {
	text, separator := "", ", waiting for check "
	for _, v := range a.checks.Verdicts(health.Ready) {
		if !v.OK {
			text += separator + v.String()
			separator = "; "
		}
	}
	return text
}

// ready tells systemd and starts what goes on until the drain.
func (a *application) ready() {
	took := time.Since(a.started)
	a.told(a.notifier.Ready(a.statusLine()))
	a.log.Info("ready", journal.Message(journal.EventReady),
		"took", took, "listeners", a.addresses(), "version", a.build.Version)
	go every(statusInterval, a.life.Done(), func() { a.tellStatus(a.statusLine()) })
	go a.watch()
}

// every calls f at once and then at each interval, until done.
func every(interval time.Duration, done <-chan struct{}, f func()) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		f()
		select {
		case <-ticker.C:
		case <-done:
			return
		}
	}
}
