package gind

import (
	"context"
	"slices"
	"sync"

	"github.com/hashicorp/go-multierror"
)

// hooks are the application's functions for moments in a service's life.
type hooks struct {
	mu       sync.Mutex
	reload   []func(context.Context) error
	shutdown []func(context.Context) error
}

func (h *hooks) addReload(f func(context.Context) error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.reload = append(h.reload, f)
}

func (h *hooks) addShutdown(f func(context.Context) error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.shutdown = append(h.shutdown, f)
}

// prepareReload asks all; everything that speaks against the reload is told.
func (h *hooks) prepareReload(ctx context.Context) error {
	return call(ctx, h.copied(&h.reload))
}

// shutDown calls all, the last one added first.
func (h *hooks) shutDown(ctx context.Context) error {
	functions := h.copied(&h.shutdown)
	slices.Reverse(functions)
	return call(ctx, functions)
}

func (h *hooks) copied(functions *[]func(context.Context) error) []func(context.Context) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(*functions)
}

func call(ctx context.Context, functions []func(context.Context) error) error {
	all := &multierror.Error{ErrorFormat: onLines}
	for _, f := range functions {
		all = multierror.Append(all, protect(ctx, f))
	}
	return all.ErrorOrNil()
}
