//go:build !linux

package sockets

import (
	"errors"
	"net"
	"os"
	"time"
)

// twin exists on Linux only: elsewhere both processes accept from one socket.
type twin struct{ file *os.File }

func newTwin(*os.File, bool) (*twin, error) { return nil, errors.ErrUnsupported }

func (t *twin) takeOver() error              { return nil }
func (t *twin) dialer() (*net.Dialer, error) { return &net.Dialer{}, nil }
func (t *twin) settle(time.Time)             {}
func (t *twin) close() error                 { return nil }
