package gind

import (
	"crypto/tls"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/hashicorp/go-multierror"

	"github.com/gind/gind/internal/config"
	"github.com/gind/gind/internal/sdnotify"
	"github.com/gind/gind/internal/settings"
	"github.com/gind/gind/internal/tickets"
)

// certificates are the TLS certificates in service, by listener. Connections
// that begin after a swap get the new ones.
type certificates struct {
	current atomic.Pointer[map[string]*tls.Certificate]

	mu         sync.Mutex
	configs    map[string]*tls.Config // by listener, for the keys of session tickets
	ticketKeys [][32]byte             // none: each config has keys of its own
}

// read the files of all listeners.
func (c *certificates) read(listeners map[string]settings.Listener) (map[string]*tls.Certificate, error) {
	loaded := map[string]*tls.Certificate{}
	mistakes := &multierror.Error{ErrorFormat: onLines}
	for name, l := range listeners {
		if l.Certificate == "" {
			continue
		}
		certificate, err := tls.LoadX509KeyPair(l.Certificate, l.Key)
		if err != nil {
			mistakes = multierror.Append(mistakes, fmt.Errorf("listener %s: %w", name, err))
			continue
		}
		loaded[name] = &certificate
	}
	if err := mistakes.ErrorOrNil(); err != nil {
		return nil, err
	}
	return loaded, nil
}

// stage a change of certificates. They are in service from Commit on, before a
// listener that is new with them accepts.
func (c *certificates) stage(listeners map[string]settings.Listener) (config.Prepared, error) {
	loaded, err := c.read(listeners)
	if err != nil {
		return nil, err
	}
	former := c.current.Load()
	return config.Step{
		Make: func() error { c.current.Store(&loaded); return nil },
		Undo: func() { c.current.Store(former) },
	}, nil
}

// config of a listener, or nil if it does not speak TLS.
func (c *certificates) config(name string) *tls.Config {
	if c.of(name) == nil {
		return nil
	}
	config := &tls.Config{
		MinVersion: tls.VersionTLS12,
		NextProtos: []string{"h2", "http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			if certificate := c.of(name); certificate != nil {
				return certificate, nil
			}
			return nil, fmt.Errorf("listener %s has no certificate any more", name)
		},
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.configs == nil {
		c.configs = map[string]*tls.Config{}
	}
	c.configs[name] = config
	if len(c.ticketKeys) > 0 {
		config.SetSessionTicketKeys(c.ticketKeys)
	}
	return config
}

// useTicketKeys for all listeners, those of later reloads included.
func (c *certificates) useTicketKeys(keys [][32]byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ticketKeys = keys
	for _, config := range c.configs {
		config.SetSessionTicketKeys(keys)
	}
}

// keepTickets lets clients resume their TLS sessions with the next process,
// where systemd keeps a folder for the service (RuntimeDirectory=). Elsewhere
// each process has keys of its own.
func (a *application) keepTickets() {
	folder := sdnotify.Directory("RUNTIME_DIRECTORY")
	if folder == "" {
		return
	}
	ring, err := tickets.Open(filepath.Join(folder, "session-tickets"))
	if err != nil {
		a.log.Warn("TLS sessions will not be resumed by the next process", "error", err)
		return
	}
	a.certificates.useTicketKeys(ring.Keys())
	go ring.Run(a.life, a.certificates.useTicketKeys)
}

func (c *certificates) of(name string) *tls.Certificate {
	all := c.current.Load()
	if all == nil {
		return nil
	}
	return (*all)[name]
}
