package probe

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"slices"
	"time"
)

// How a database connection is encrypted, as libpq's sslmode has it.
const (
	TLSDisable = "disable"     // never
	TLSPrefer  = "prefer"      // if the server offers it, any certificate
	TLSRequire = "require"     // always, any certificate
	TLSVerify  = "verify-full" // always, with a certificate that is verified
)

var tlsModes = []string{TLSDisable, TLSPrefer, TLSRequire, TLSVerify}

// SQLOptions of [MySQL] and [Postgres].
type SQLOptions struct {
	// Address is host:port, or "unix:" and the path of the socket itself.
	Address string

	// User and Password to log in with.
	User, Password string

	// Database to use. With Postgres it defaults to the user's name.
	Database string

	// TLSMode is TLSDisable, TLSPrefer (the default), TLSRequire or TLSVerify.
	// A Unix socket is never encrypted.
	TLSMode string

	// CA is a PEM file of authorities to trust instead of the system's, for TLSVerify.
	CA string
}

// parse checks the options and fills in the defaults.
func (o SQLOptions) parse() (SQLOptions, address, error) {
	at, err := parseAddress(o.Address)
	if err != nil {
		return o, at, err
	}
	if o.TLSMode == "" {
		o.TLSMode = TLSPrefer
	}
	if at.network == "unix" {
		o.TLSMode = TLSDisable
	}
	if !slices.Contains(tlsModes, o.TLSMode) {
		return o, at, fmt.Errorf("TLS mode %q: not one of %q", o.TLSMode, tlsModes)
	}
	if o.User == "" {
		return o, at, errors.New("no user")
	}
	return o, at, nil
}

// selectOne connects, asks for 1 and hangs up.
func selectOne(ctx context.Context, c driver.Connector) error {
	db := sql.OpenDB(c)
	defer func() { _ = db.Close() }()
	var one int
	if err := db.QueryRowContext(ctx, "SELECT 1").Scan(&one); err != nil {
		return err
	}
	if one != 1 {
		return fmt.Errorf("SELECT 1 answered %d", one)
	}
	return nil
}

// lines are the connections of one run. A driver may forget one that it gave
// up, or not know of a deadline while it logs in; here each ends with the run.
type lines struct {
	at      address
	hangUps []func()
}

func (l *lines) dial(ctx context.Context) (net.Conn, error) {
	c, hangUp, err := l.at.dial(ctx)
	if err != nil {
		return nil, err
	}
	l.hangUps = append(l.hangUps, hangUp)
	return c, nil
}

func (l *lines) hangUp() {
	for _, hangUp := range l.hangUps {
		hangUp()
	}
}

// DialContext makes lines a pq.DialerContext. Where to is decided by the
// address, not by the driver's idea of it.
func (l *lines) DialContext(ctx context.Context, _, _ string) (net.Conn, error) {
	return l.dial(ctx)
}

// DialTimeout is asked of a pq.Dialer, but not called.
func (l *lines) DialTimeout(_, _ string, timeout time.Duration) (net.Conn, error) {
	return net.DialTimeout(l.at.network, l.at.addr, timeout)
}

// Dial is asked of a pq.Dialer, but not called.
func (l *lines) Dial(_, _ string) (net.Conn, error) {
	return net.Dial(l.at.network, l.at.addr)
}
