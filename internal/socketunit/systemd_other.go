//go:build !linux

package socketunit

import (
	"context"
	"errors"
)

var errNoSystemd = errors.New("there is no systemd on this platform")

// Systemd is nowhere to be found.
type Systemd struct{}

// Dial returns an error.
func Dial(context.Context) (*Systemd, error) { return nil, errNoSystemd }

// Close does nothing.
func (s *Systemd) Close() {}

// OwnService returns an error.
func (s *Systemd) OwnService(context.Context) (string, error) { return "", errNoSystemd }

// Service is the state of a service's unit.
type Service struct {
	Loaded  bool
	State   string
	MainPID int
}

// Service returns an error.
func (s *Systemd) Service(context.Context, string) (Service, error) { return Service{}, errNoSystemd }

// Sockets returns an error.
func (s *Systemd) Sockets(context.Context, string) ([]Socket, error) { return nil, errNoSystemd }

// Socket returns an error.
func (s *Systemd) Socket(context.Context, string) (Socket, error) { return Socket{}, errNoSystemd }

// Reload returns an error.
func (s *Systemd) Reload(context.Context) error { return errNoSystemd }

// Start returns an error.
func (s *Systemd) Start(context.Context, string) error { return errNoSystemd }

// Stop returns an error.
func (s *Systemd) Stop(context.Context, string) error { return errNoSystemd }

// Restart returns an error.
func (s *Systemd) Restart(context.Context, string) error { return errNoSystemd }
