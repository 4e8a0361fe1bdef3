package probe

import (
	"context"
	"fmt"
	"net"
	"os"
	"strconv"

	"github.com/lib/pq"
)

// Postgres passes when the server answers SELECT 1.
func Postgres(o SQLOptions) (Func, error) {
	o, at, err := o.parse()
	if err != nil {
		return nil, fmt.Errorf("postgres: %w", err)
	}
	config, err := postgresConfig(o, at)
	if err != nil {
		return nil, fmt.Errorf("postgres: %w", err)
	}
	return func(ctx context.Context) error {
		connector, err := pq.NewConnectorConfig(config)
		if err != nil {
			return redact(err, o.Password)
		}
		l := &lines{at: at}
		defer l.hangUp()
		connector.Dialer(l)
		return redact(selectOne(ctx, connector), o.Password)
	}, nil
}

func postgresConfig(o SQLOptions, at address) (pq.Config, error) {
	c := pq.Config{
		Host:            at.host,
		Database:        o.Database,
		User:            o.User,
		Password:        o.Password,
		Passfile:        os.DevNull + "/none", // a file that cannot be, so that ~/.pgpass is not read
		ApplicationName: "gind-health",
		ClientEncoding:  "UTF8",
		Datestyle:       "ISO, MDY",
		SSLMode:         pq.SSLMode(o.TLSMode),
		SSLSNI:          true,
		SSLRootCert:     "system", // nor ~/.postgresql/root.crt
	}
	if o.Database == "" {
		c.Database = o.User
	}
	if at.network == "unix" {
		c.Host = at.addr
		return c, nil
	}
	if o.TLSMode == TLSVerify && o.CA != "" {
		c.SSLRootCert = o.CA
		if _, err := (TLS{CA: o.CA}).config(at.host); err != nil {
			return c, err
		}
	}
	_, port, err := net.SplitHostPort(at.addr)
	if err != nil {
		return c, err
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return c, fmt.Errorf("address %q: the port must be a number", o.Address)
	}
	c.Port = uint16(number)
	return c, nil
}
