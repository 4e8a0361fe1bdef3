package gind

import (
	"crypto/tls"
	"fmt"
	"sync/atomic"

	"github.com/hashicorp/go-multierror"

	"github.com/gind/gind/internal/settings"
)

// certificates are the TLS certificates in service, by listener. Connections
// that begin after a swap get the new ones.
type certificates struct {
	current atomic.Pointer[map[string]*tls.Certificate]
}

// prepare reads the files. Nothing changes until commit.
func (c *certificates) prepare(listeners map[string]settings.Listener) (commit func(), err error) {
	loaded := map[string]*tls.Certificate{}
	var mistakes *multierror.Error
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
	return func() { c.current.Store(&loaded) }, nil
}

// config of a listener, or nil if it does not speak TLS.
func (c *certificates) config(name string) *tls.Config {
	if c.of(name) == nil {
		return nil
	}
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			if certificate := c.of(name); certificate != nil {
				return certificate, nil
			}
			return nil, fmt.Errorf("listener %s has no certificate any more", name)
		},
	}
}

func (c *certificates) of(name string) *tls.Certificate {
	all := c.current.Load()
	if all == nil {
		return nil
	}
	return (*all)[name]
}
