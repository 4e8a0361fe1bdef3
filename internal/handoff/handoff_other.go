//go:build !linux

package handoff

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"

	"github.com/gind/gind/internal/listener"
)

var errPlatform = fmt.Errorf("handoff: connections can't outlive a process on %s: %w", runtime.GOOS, errors.ErrUnsupported)

// Box is available on Linux only.
type Box struct{ nowhere }

// NewBox returns an error.
func NewBox(func(name string, f *os.File) error) (*Box, error) { return nil, errPlatform }

// ErrNotKept is why there is no box on Linux.
var ErrNotKept = errors.New("the service manager did not keep it")

// Kept returns an error.
func (b *Box) Kept() error { return errPlatform }

// Extend returns an error.
func (b *Box) Extend() error { return errPlatform }

// Close does nothing.
func (b *Box) Close() error { return nil }

// Adopt closes the boxes, if there can be any.
func Adopt(_ *listener.Set, boxes []*os.File) (Adoption, error) {
	for _, f := range boxes {
		_ = f.Close()
	}
	if len(boxes) > 0 {
		return Adoption{}, errPlatform
	}
	return Adoption{}, nil
}

// Successor is available on Linux only.
type Successor struct{ nowhere }

// Upgrade returns an error.
func Upgrade(context.Context, Command, *listener.Set) (*Successor, error) { return nil, errPlatform }

// PID is 0.
func (s *Successor) PID() int { return 0 }

// Answer is nil.
func (s *Successor) Answer() *Answer { return nil }

// TakeOver returns an error.
func (s *Successor) TakeOver(*listener.Set) error { return errPlatform }

// Finish returns an error.
func (s *Successor) Finish() error { return errPlatform }

// Kill does nothing.
func (s *Successor) Kill() {}

// Predecessor is available on Linux only.
type Predecessor struct{}

// FindPredecessor finds none.
func FindPredecessor() (*Predecessor, error) { return nil, nil }

// Sockets are none.
func (p *Predecessor) Sockets() []listener.Inherited { return nil }

// Ready returns an error.
func (p *Predecessor) Ready(context.Context, Answer) error { return errPlatform }

// Fail returns an error.
func (p *Predecessor) Fail(error) error { return errPlatform }

// Adopt returns an error.
func (p *Predecessor) Adopt(*listener.Set) (Adoption, error) { return Adoption{}, errPlatform }

// nowhere is a Carrier that carries nothing.
type nowhere struct{}

func (nowhere) room() int                { return 0 }
func (nowhere) send([]byte, []int) error { return errPlatform }
