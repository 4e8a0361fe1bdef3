package background

import (
	"context"
	"errors"
	"slices"
	"sync"
)

// Hooks are the application's functions for moments in a service's life. The zero
// value is ready; its methods may be called concurrently.
type Hooks struct {
	mu       sync.Mutex
	reload   []func(context.Context) error
	shutdown []func(context.Context) error
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
