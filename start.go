package gind

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/gind/gind/internal/handoff"
	"github.com/gind/gind/internal/health"
	"github.com/gind/gind/internal/journal"
	"github.com/gind/gind/internal/listener"
	"github.com/gind/gind/internal/sdnotify"
)

// start prepares the service to be ready: it returns once every listener answers
// and every ready-check has passed.
func (a *application) start(ctx context.Context) error {
	limit := a.startTimeout()
	return a.systemd().ExtendWhile(limit, func() error {
		ctx, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		return a.becomeReady(ctx)
	})
}

// startTimeout is shorter than the patience of a predecessor, so that it hears
// what this process waited for.
func (a *application) startTimeout() time.Duration {
	keys := a.keys()
	if a.predecessor == nil {
		return keys.Health.StartTimeout
	}
	return min(keys.Health.StartTimeout, keys.Upgrade.Timeout*9/10)
}

func (a *application) becomeReady(ctx context.Context) error {
	if err := failed(a.predecessor, a.comeUp(ctx)); err != nil {
		return err
	}
	for _, l := range a.servingListeners() {
		if err := a.probe(ctx, l); err != nil {
			return err
		}
	}
	return nil
}

// comeUp in the order that loses nothing: a successor serves nobody before its
// predecessor has let go, so that it can still fail without anyone noticing.
func (a *application) comeUp(ctx context.Context) error {
	boxes, err := a.open()
	if err != nil {
		return err
	}
	a.tasks.start()
	go a.checks.Run(a.life)
	if a.predecessor == nil {
		a.serve(boxes)
		return a.awaitChecks(ctx)
	}
	if err := a.awaitChecks(ctx); err != nil {
		return err
	}
	if err := a.takeOver(ctx); err != nil {
		return err
	}
	a.serve(nil)
	return nil
}

// open takes the sockets that systemd or a predecessor passed and binds the
// rest. What else was passed are boxes of parked connections.
func (a *application) open() (boxes []*os.File, err error) {
	inherited, err := sdnotify.Inherited()
	if err != nil {
		return nil, err
	}
	sockets, boxes := sortInherited(inherited)
	if a.predecessor != nil {
		sockets = append(sockets, a.predecessor.Sockets()...)
	}
	stored := storedNames(sockets)
	a.listeners, err = listener.Open(a.specs(), sockets)
	if err != nil {
		return nil, err
	}
	for _, name := range stored {
		a.told(a.systemd().RemoveFD(name))
	}
	a.listeners.SetIdleTimeout(a.keys().Server.IdleTimeout)
	return boxes, nil
}

// sortInherited tells listening sockets from boxes.
func sortInherited(all []sdnotify.File) (sockets []listener.Inherited, boxes []*os.File) {
	for _, file := range all {
		if file.Name == handoff.BoxName {
			boxes = append(boxes, file.File)
			continue
		}
		sockets = append(sockets, listener.Inherited{Name: file.Name, File: file.File})
	}
	return sockets, boxes
}

// storedNames are the names of sockets that came from systemd's store.
func storedNames(sockets []listener.Inherited) []string {
	var names []string
	for _, socket := range sockets {
		if strings.HasPrefix(socket.Name, listener.StoredPrefix) {
			names = append(names, socket.Name)
		}
	}
	return names
}

// serve accepts on every listener, and goes on with the connections of the
// process before. A listener that ends by itself ends the service. A successor
// takes orders when it is ready and not before: they wait until then.
func (a *application) serve(boxes []*os.File) {
	secure := map[string]*tls.Config{}
	for _, l := range a.servingListeners() {
		if config := a.certificates.config(l.Name()); config != nil {
			secure[l.Name()] = config
		}
	}
	for _, l := range a.servingListeners() {
		a.accept(l, secure[l.Name()])
	}
	if a.predecessor == nil {
		a.serveControl()
	}
	a.adopt(boxes)
}

// accept on a listener until it is closed.
func (a *application) accept(l *listener.Listener, secure *tls.Config) {
	if secure != nil {
		a.tickets.Do(a.keepTickets)
	}
	go func() {
		if err := a.server.Serve(l.Name(), l, secure); err != nil {
			a.machine.Fail(fmt.Errorf("listener %s: %w", l.Name(), err))
		}
	}()
}

// servingListeners are those for requests: all but the control socket.
func (a *application) servingListeners() []*listener.Listener {
	return slices.DeleteFunc(a.listeners.Listeners(), func(l *listener.Listener) bool { return l.Name() == controlName })
}

// awaitChecks waits for the ready-checks, and shows which ones it waits for.
func (a *application) awaitChecks(ctx context.Context) error {
	done := make(chan struct{})
	defer close(done)
	go every(time.Second, done, func() { a.tellStatus("starting" + a.pendingChecks()) })

	return startError(a.checks.WaitReady(ctx))
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
	if a.predecessor != nil {
		a.serveControl()
	}
	took := time.Since(a.started)
	a.told(a.systemd().Ready(a.statusLine()))
	a.log.Info("ready", journal.Message(journal.EventReady),
		"took", took, "listeners", a.addresses(), "version", a.build.Version)
	a.configIsGood()
	a.prepareToWatch()
	a.serveLogControl()
	go every(statusInterval, a.life.Done(), func() { a.tellStatus(a.statusLine()) })
	go a.watch()
	go a.watchMemory()
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
