package config

// Step is a [Prepared] of two functions. Undo may be nil.
type Step struct {
	Do   func() error
	Undo func()
}

// Commit implements Prepared.
func (s Step) Commit() error { return s.Do() }

// Rollback implements Prepared.
func (s Step) Rollback() {
	if s.Undo != nil {
		s.Undo()
	}
}
