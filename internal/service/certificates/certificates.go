package certificates

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/gind/gind/internal/config"
	"github.com/gind/gind/internal/settings"
	"github.com/gind/gind/internal/tickets"
)

// Certificates are those in service, by listener. Connections that begin after a
// change get the new ones. Their methods may be called concurrently.
type Certificates struct {
	current atomic.Pointer[map[string]*tls.Certificate]

	folder string // of the tickets' keys
	log    *slog.Logger
	keep   sync.Once
	ring   chan *tickets.Ring // taken by Run

	mu         sync.Mutex
	configs    map[string]*tls.Config // by listener, for the keys of session tickets
	ticketKeys [][32]byte             // none: each config has keys of its own
}

// New returns Certificates without one. folder is where the keys of session tickets
// are kept for the next process; where it is empty each process has its own.
func New(folder string, log *slog.Logger) *Certificates {
	c := &Certificates{folder: folder, log: log, ring: make(chan *tickets.Ring, 1), configs: map[string]*tls.Config{}}
	c.current.Store(&map[string]*tls.Certificate{})
	return c
}

// Stage reads the files that listeners name. They are in service from Commit on,
// before a listener that is new with them accepts.
func (c *Certificates) Stage(listeners map[string]settings.Listener) (config.Prepared, error) {
	loaded, err := read(listeners)
	if err != nil {
		return nil, err
	}
	former := c.current.Load()
	return config.Step{
		Make: func() error { c.current.Store(&loaded); return nil },
		Undo: func() { c.current.Store(former) },
	}, nil
}

// read the files of all listeners.
func read(listeners map[string]settings.Listener) (map[string]*tls.Certificate, error) {
	loaded := map[string]*tls.Certificate{}
	var mistakes []error
	for name, l := range listeners {
		if l.Certificate == "" {
			continue
		}
		certificate, err := tls.LoadX509KeyPair(l.Certificate, l.Key)
		if err != nil {
			mistakes = append(mistakes, fmt.Errorf("listener %s: %w", name, err))
			continue
		}
		loaded[name] = &certificate
	}
	return loaded, errors.Join(mistakes...)
}

// Files are those that listeners name.
func Files(listeners map[string]settings.Listener) []string {
	var files []string
	for _, l := range listeners {
		if l.Certificate != "" {
			files = append(files, l.Certificate, l.Key)
		}
	}
	return files
}

// Config of a listener, or nil if it does not speak TLS.
func (c *Certificates) Config(listener string) *tls.Config {
	if c.of(listener) == nil {
		return nil
	}
	c.keep.Do(c.keepTickets)
	config := &tls.Config{
		MinVersion: tls.VersionTLS12,
		NextProtos: []string{"h2", "http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			if certificate := c.of(listener); certificate != nil {
				return certificate, nil
			}
			return nil, fmt.Errorf("listener %s has no certificate any more", listener)
		},
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.configs[listener] = config
	if len(c.ticketKeys) > 0 {
		config.SetSessionTicketKeys(c.ticketKeys)
	}
	return config
}

func (c *Certificates) of(listener string) *tls.Certificate { return (*c.current.Load())[listener] }
