package config

import "context"

// Staged is a [Subscriber] whose change can fail, or holds something from the
// time it is prepared.
type Staged func(ctx context.Context, old, new *Snapshot) (Prepared, error)

// Prepare implements Subscriber.
func (f Staged) Prepare(ctx context.Context, old, new *Snapshot) (Prepared, error) {
	return f(ctx, old, new)
}

// Step is a change of two functions.
type Step struct {
	Make func() error
	// Undo may be nil.
	Undo func()
}

// Commit implements Prepared.
func (s Step) Commit() error { return s.Make() }

// Rollback implements Prepared.
func (s Step) Rollback() {
	if s.Undo != nil {
		s.Undo()
	}
}

// Certain is a [Subscriber] whose change can't fail. It is made when the
// configuration is in force, behind all changes that can fail; it may be nil.
type Certain func(ctx context.Context, old, new *Snapshot) (commit func(), err error)

// Prepare implements Subscriber.
func (f Certain) Prepare(ctx context.Context, old, new *Snapshot) (Prepared, error) {
	commit, err := f(ctx, old, new)
	if err != nil || commit == nil {
		return nil, err
	}
	return last(commit), nil
}

// last is a change that can't fail.
type last func()

// Commit implements Prepared.
func (l last) Commit() error { l(); return nil }

// Rollback implements Prepared. There is nothing to undo.
func (l last) Rollback() {}

func isLast(p Prepared) bool {
	_, yes := p.(last)
	return yes
}
