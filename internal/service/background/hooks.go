package background

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
)

// Hooks are the application's functions for moments in a service's life. The zero
// value is ready; its methods may be called concurrently.
type Hooks struct {
	mu       sync.Mutex
	start    []starter
	started  bool
	reload   []func(context.Context) error
	shutdown []func(context.Context) error
}

// starter is a function for the start, with what it is called.
type starter struct {
	name string
	run  func(context.Context) error
}

// OnStart adds a function that Start calls. The error says why it never will.
func (h *Hooks) OnStart(name string, f func(context.Context) error) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case name == "":
		return errors.New("a function for the start needs a name")
	case slices.ContainsFunc(h.start, func(s starter) bool { return s.name == name }):
		return fmt.Errorf("start %s: there is a function of that name already", name)
	case h.started:
		return fmt.Errorf("start %s: the service has started already", name)
	}
	h.start = append(h.start, starter{name, f})
	return nil
}

// Start calls all in their order, up to the first that fails; show is told the name of
// each before.
func (h *Hooks) Start(ctx context.Context, show func(name string)) error {
	h.mu.Lock()
	h.started = true
	functions := slices.Clone(h.start)
	h.mu.Unlock()
	for _, one := range functions {
		show(one.name)
		err := Protect(ctx, one.run)
		if err == nil {
			err = ctx.Err() // the next one is not begun in vain
		}
		if err != nil {
			return fmt.Errorf("start %s: %w", one.name, err)
		}
	}
	return nil
}

// OnReload adds a function that PrepareReload asks.
func (h *Hooks) OnReload(f func(context.Context) error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.reload = append(h.reload, f)
}

// OnShutdown adds a function that ShutDown calls.
func (h *Hooks) OnShutdown(f func(context.Context) error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.shutdown = append(h.shutdown, f)
}

// PrepareReload asks all; everything that speaks against the reload is told.
func (h *Hooks) PrepareReload(ctx context.Context) error {
	return call(ctx, h.copied(&h.reload))
}

// ShutDown calls all, the last one added first.
func (h *Hooks) ShutDown(ctx context.Context) error {
	functions := h.copied(&h.shutdown)
	slices.Reverse(functions)
	return call(ctx, functions)
}

func (h *Hooks) copied(functions *[]func(context.Context) error) []func(context.Context) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(*functions)
}

func call(ctx context.Context, functions []func(context.Context) error) error {
	var failed []error
	for _, f := range functions {
		failed = append(failed, Protect(ctx, f))
	}
	return errors.Join(failed...)
}
