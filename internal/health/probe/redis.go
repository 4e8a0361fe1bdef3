package probe

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
)

// RedisOptions of [Redis].
type RedisOptions struct {
	// Address is host:port, or "unix:" and a path.
	Address string

	// Username of an ACL user; empty: the default one.
	Username string

	// Password; empty: no AUTH is sent.
	Password string

	// TLS verification; nil: no TLS.
	TLS *TLS
}

// Redis passes when the server answers PING with PONG: not while it loads its
// data, refuses the password, or has lost its master and serves no stale data.
// It speaks RESP2, which Redis, Valkey, KeyDB and Dragonfly understand.
func Redis(o RedisOptions) (Func, error) {
	p := &redisProbe{RedisOptions: o}
	var err error
	if p.at, err = parseAddress(o.Address); err != nil {
		return nil, fmt.Errorf("redis: %w", err)
	}
	if o.Username != "" && o.Password == "" {
		return nil, errors.New("redis: a user name needs a password")
	}
	if o.TLS != nil {
		if p.tls, err = o.TLS.config(p.at.host); err != nil {
			return nil, fmt.Errorf("redis: %w", err)
		}
	}
	return p.run, nil
}

type redisProbe struct {
	RedisOptions
	at  address
	tls *tls.Config
}

func (p *redisProbe) run(ctx context.Context) error {
	conn, hangUp, err := p.at.dial(ctx)
	if err != nil {
		return err
	}
	defer hangUp()
	if p.tls != nil {
		secured := tls.Client(conn, p.tls)
		if err := secured.HandshakeContext(ctx); err != nil {
			return fmt.Errorf("TLS: %w", err)
		}
		conn = secured
	}
	return redact(p.ask(conn), p.Password)
}

func (p *redisProbe) ask(conn net.Conn) error {
	r := bufio.NewReader(conn)
	if p.Password != "" {
		auth := []string{"AUTH", p.Password}
		if p.Username != "" {
			auth = []string{"AUTH", p.Username, p.Password}
		}
		if err := command(conn, r, "OK", auth...); err != nil {
			return err
		}
	}
	return command(conn, r, "PONG", "PING")
}

// command sends one command and wants one simple string for an answer.
func command(w io.Writer, r *bufio.Reader, want string, args ...string) error {
	if _, err := io.WriteString(w, resp(args)); err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	line, err := r.ReadSlice('\n') // at most the reader's buffer, 4 KiB
	if err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	switch answer := strings.TrimRight(string(line), "\r\n"); {
	case answer == "+"+want:
		return nil
	case strings.HasPrefix(answer, "-"):
		return fmt.Errorf("%s: %s", args[0], answer[1:])
	default:
		return fmt.Errorf("%s: answered %.40q, not %q", args[0], answer, want)
	}
}

// resp is a command as RESP has it: an array of bulk strings.
func resp(args []string) string {
	var b strings.Builder
	b.WriteString("*" + strconv.Itoa(len(args)) + "\r\n")
	for _, arg := range args {
		b.WriteString("$" + strconv.Itoa(len(arg)) + "\r\n" + arg + "\r\n")
	}
	return b.String()
}
