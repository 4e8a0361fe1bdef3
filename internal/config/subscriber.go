package config

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// Subscriber is told of a new configuration in two steps, so that all of them
// take it or none. It has one of the functions Prepare and Stage. old and new are
// never nil, and old may equal new: a file that a key names may be another. A
// function that panics has failed.
type Subscriber struct {
	// Name for errors.
	Name string
	// Prepare does everything that can fail, and nothing that can be seen. The
	// function it returns makes the change, which can't fail; it may be nil. It
	// is not called if another subscriber refuses.
	Prepare func(ctx context.Context, old, new *Snapshot) (commit func(), err error)
	// Stage is Prepare for a change that can fail, or that holds something from
	// the time it is prepared.
	Stage func(ctx context.Context, old, new *Snapshot) (Prepared, error)
}

// Prepared is a change that was prepared, and can be made or dropped.
type Prepared interface {
	// Commit makes the change. Its error rolls back all subscribers.
	Commit() error
	// Rollback undoes Commit, if it was called, also if it failed, and releases
	// what Stage made.
	Rollback()
}

// staged is what one subscriber has prepared.
type staged struct {
	name   string
	change Prepared // nil for one that can't fail
	commit func()
}

// prepareAll asks all subscribers, in order. If one refuses, those before it are
// rolled back.
func prepareAll(ctx context.Context, list []Subscriber, old, next *Snapshot) (all []staged, err error) {
	for _, subscriber := range list {
		one, err := subscriber.prepare(ctx, old, next)
		if err == nil {
			err = context.Cause(ctx)
			all = append(all, one)
		}
		if err != nil {
			rollbackAll(all)
			return nil, fmt.Errorf("%s: %w", subscriber.Name, err)
		}
	}
	return all, nil
}

func (s Subscriber) prepare(ctx context.Context, old, next *Snapshot) (one staged, err error) {
	one.name = s.Name
	err = protected(func() (err error) {
		if s.Stage != nil {
			one.change, err = s.Stage(ctx, old, next)
			return err
		}
		one.commit, err = s.Prepare(ctx, old, next)
		return err
	})
	return one, err
}

// commitAll makes the changes that can fail, in order. If one does, all are
// rolled back. Those that can't fail come later, in finishAll.
func commitAll(all []staged) error {
	for _, one := range all {
		if one.change == nil {
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
		if one.commit == nil {
			continue
		}
		if err := protected(func() error { one.commit(); return nil }); err != nil {
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
