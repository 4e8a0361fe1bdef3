package serving

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"slices"

	"github.com/gind/gind/internal/listener"
	"github.com/gind/gind/internal/settings"
	"github.com/gind/gind/internal/wiring"
)

// Server serves what is accepted.
type Server interface {
	// Serve until the listener or the server is closed.
	Serve(name string, l net.Listener, secure *tls.Config) error
	// ThroughPath is answered if requests get through.
	ThroughPath() string
}

// Options of a Serving.
type Options struct {
	Listeners *listener.Set
	Server    Server
	// TLS is the config of a listener; nil if it speaks none.
	TLS func(listener string) *tls.Config
	// Go runs what goes on beside requests.
	Go func(run func(context.Context))
	// Fail ends the service: a listener has ended by itself.
	Fail func(error)
}

// Serving is the listeners of a service at work. Its methods may be called
// concurrently, once it has opened them.
type Serving struct {
	Options
	configured map[string]settings.Listener // as they are: written by those who change the config
}

// New returns a Serving that accepts nothing yet.
func New(o Options) *Serving { return &Serving{Options: o} }

// Open takes the sockets that were passed to the process and binds the rest.
func (s *Serving) Open(specs []listener.Spec, passed []listener.Inherited) error {
	return s.Listeners.Take(specs, passed)
}

// Requests are the listeners for requests: all but the control socket.
func (s *Serving) Requests() []*listener.Listener {
	return slices.DeleteFunc(s.Listeners.Listeners(), func(l *listener.Listener) bool { return l.Name() == wiring.ControlName })
}

// Accept on every listener. One that ends by itself ends the service.
func (s *Serving) Accept() {
	secure := map[string]*tls.Config{}
	for _, l := range s.Requests() {
		if config := s.TLS(l.Name()); config != nil {
			secure[l.Name()] = config
		}
	}
	for _, l := range s.Requests() {
		s.accept(l, secure[l.Name()])
	}
}

// accept on a listener until it is closed.
func (s *Serving) accept(l *listener.Listener, secure *tls.Config) {
	s.Go(func(context.Context) {
		if err := s.Server.Serve(l.Name(), l, secure); err != nil {
			s.Fail(fmt.Errorf("listener %s: %w", l.Name(), err))
		}
	})
}
