package probe

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"

	"github.com/go-sql-driver/mysql"
)

// MySQL passes when the server, MySQL or MariaDB, answers SELECT 1.
func MySQL(o SQLOptions) (Func, error) {
	o, at, err := o.parse()
	if err != nil {
		return nil, fmt.Errorf("mysql: %w", err)
	}
	security, err := mysqlTLS(o, at)
	if err != nil {
		return nil, fmt.Errorf("mysql: %w", err)
	}
	return func(ctx context.Context) error {
		l := &lines{at: at}
		defer l.hangUp()
		connector, err := mysql.NewConnector(mysqlConfig(o, l, security))
		if err != nil {
			return redact(err, o.Password)
		}
		return redact(selectOne(ctx, connector), o.Password)
	}, nil
}

func mysqlConfig(o SQLOptions, l *lines, security *tls.Config) *mysql.Config {
	c := mysql.NewConfig()
	c.User, c.Passwd, c.DBName = o.User, o.Password, o.Database
	c.Net, c.Addr = l.at.network, l.at.addr
	c.DialFunc = func(ctx context.Context, _, _ string) (net.Conn, error) { return l.dial(ctx) }
	c.TLS = security
	c.AllowFallbackToPlaintext = o.TLSMode == TLSPrefer
	c.Logger = &mysql.NopLogger{} // the error says it all, and has its place
	return c
}

func mysqlTLS(o SQLOptions, at address) (*tls.Config, error) {
	if o.TLSMode == TLSDisable {
		return nil, nil
	}
	return TLS{CA: o.CA, Insecure: o.TLSMode != TLSVerify}.config(at.host)
}
