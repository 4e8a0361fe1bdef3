package service

import (
	"errors"
	"sync"
)

// mistakes are what is wrong in the application's own calls, to be told together.
type mistakes struct {
	mu   sync.Mutex
	list []error
	told bool
}

// add reports whether a mistake will be told.
func (m *mistakes) add(err error) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.list = append(m.list, err)
	return !m.told
}

// all of them as one error, or nil. What comes later is not told.
func (m *mistakes) all() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.told = true
	return errors.Join(m.list...)
}
