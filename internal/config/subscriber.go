package config

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// Subscriber is told of a new configuration in two steps, so that all of them
// take it or none. [Staged] and [Certain] make one of a function.
type Subscriber interface {
	// Prepare does everything that can fail, and nothing that can be seen. What it
	// returns makes the change; nil is none. old and new are never nil, and old may
	// equal new: a file that a key names may be another. A panic is an error.
	Prepare(ctx context.Context, old, new *Snapshot) (Prepared, error)
}

// Prepared is a change that was prepared, and can be made or dropped.
type Prepared interface {
	// Commit makes the change. Its error rolls back all subscribers.
	Commit() error
	// Rollback undoes Commit, if it was called, also if it failed, and releases
	// what Prepare made.
	Rollback()
}

// subscription is a subscriber with its name for errors.
type subscription struct {
	name string
	Subscriber
}

// staged is what one subscriber has prepared.
type staged struct {
	name   string
	change Prepared // nil if there is none
}

// prepareAll asks all subscribers, in order. If one refuses, those before it are
// rolled back.
func prepareAll(ctx context.Context, list []subscription, old, next *Snapshot) (all []staged, err error) {
	for _, subscriber := range list {
		one, err := subscriber.prepare(ctx, old, next)
		if err == nil {
			err = context.Cause(ctx)
			all = append(all, one)
		}
		if err != nil {
			rollbackAll(all)
			return nil, fmt.Errorf("%s: %w", subscriber.name, err)
		}
	}
	return all, nil
}

func (s subscription) prepare(ctx context.Context, old, next *Snapshot) (one staged, err error) {
	one.name = s.name
	err = protected(func() (err error) {
		one.change, err = s.Prepare(ctx, old, next)
		return err
	})
	return one, err
}

// commitAll makes the changes that can fail, in order. If one does, all are
// rolled back. Those that can't fail come later, in finishAll.
func commitAll(all []staged) error {
	for _, one := range all {
		if one.change == nil || isLast(one.change) {
			continue
		}
		if err := protected(one.change.Commit); err != nil {
			rollbackAll(all)
			return fmt.Errorf("%s: %w", one.name, err)
		}
	}
	return nil
}

// finishAll makes the changes that can't fail. A panic is told, and nothing more
// can be done about it.
func finishAll(all []staged) error {
	var failed []error
	for _, one := range all {
		if !isLast(one.change) {
			continue
		}
		if err := protected(one.change.Commit); err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", one.name, err))
		}
	}
	return errors.Join(failed...)
}

// rollbackAll drops what was prepared, the last first.
func rollbackAll(all []staged) {
	for _, one := range slices.Backward(all) {
		if one.change != nil {
			_ = protected(func() error { one.change.Rollback(); return nil })
		}
	}
}

// protected makes a panic an error.
func protected(f func() error) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic: %v", cause)
		}
	}()
	return f()
}
