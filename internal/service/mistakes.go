package service

import (
	"errors"
	"sync"
)

// mistakes are what is wrong in the application's own calls, to be told together.
type mistakes struct {
	mu   sync.Mutex
	list []error
}

func (m *mistakes) add(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.list = append(m.list, err)
}

// all of them as one error, or nil.
func (m *mistakes) all() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return errors.Join(m.list...)
}
