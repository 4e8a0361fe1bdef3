// Package probe has the built-in probes of health checks: one file each, one
// constructor each. A constructor refuses options that cannot work; the
// function that it returns asks once, and its error says in one line what was
// tried and what came back. Passwords and tokens never appear in an error, and
// no more is read of an answer than is needed.
//
// Nothing here keeps a connection between two runs: each asks as a newcomer
// would, which is what a service needs to know.
package probe

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Func is a probe: nil means that all is well. It may be run again, but not
// twice at a time.
type Func = func(ctx context.Context) error

// TLS says how a server's certificate is verified.
type TLS struct {
	// CA is a PEM file of authorities to trust instead of the system's. It is
	// read once, by the constructor.
	CA string

	// ServerName to verify, by default that of the address.
	ServerName string

	// Insecure accepts any certificate.
	Insecure bool
}

// config returns what crypto/tls needs to talk to host.
func (t TLS) config(host string) (*tls.Config, error) {
	c := &tls.Config{ServerName: host, InsecureSkipVerify: t.Insecure} //nolint:gosec // only if asked for
	if t.ServerName != "" {
		c.ServerName = t.ServerName
	}
	if t.CA == "" {
		return c, nil
	}
	pem, err := os.ReadFile(t.CA)
	if err != nil {
		return nil, fmt.Errorf("CA: %w", err)
	}
	c.RootCAs = x509.NewCertPool()
	if !c.RootCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("CA: %s: no certificate in PEM form", t.CA)
	}
	return c, nil
}

// address is where a server listens.
type address struct {
	network string // "tcp" or "unix"
	addr    string // host:port or path
	host    string // without the port; "" for a path
}

// parseAddress reads "host:port", or "unix:" and an absolute path.
func parseAddress(s string) (address, error) {
	if path, ok := strings.CutPrefix(s, "unix:"); ok {
		if !filepath.IsAbs(path) {
			return address{}, fmt.Errorf("address %q: \"unix:\" without an absolute path", s)
		}
		return address{network: "unix", addr: path}, nil
	}
	host, port, err := net.SplitHostPort(s)
	if err != nil || host == "" || port == "" {
		return address{}, fmt.Errorf(`address %q: neither host:port nor "unix:" and a path`, s)
	}
	if _, err := net.LookupPort("tcp", port); err != nil {
		return address{}, fmt.Errorf("address %q: %q is no port", s, port)
	}
	return address{network: "tcp", addr: s, host: host}, nil
}

// dial connects, and makes the connection end with ctx. hangUp closes it.
func (a address) dial(ctx context.Context) (c net.Conn, hangUp func(), err error) {
	var d net.Dialer
	c, err = d.DialContext(ctx, a.network, a.addr)
	if err != nil {
		return nil, nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Unix(1, 0)) })
	return c, func() {
		stop()
		_ = c.Close()
	}, nil
}

// redact blanks the secrets that a server or a driver may have echoed.
func redact(err error, secrets ...string) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	for _, s := range secrets {
		if s != "" {
			text = strings.ReplaceAll(text, s, "***")
		}
	}
	if text == err.Error() {
		return err
	}
	return errors.New(text)
}
