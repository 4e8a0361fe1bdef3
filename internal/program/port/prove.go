package port

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"syscall"
	"time"
)

// free is an error if somebody listens where the service is to. A process that could
// not be told apart from another one is not named.
func (c *change) free() error {
	if c.was == c.to {
		return nil
	}
	for _, l := range c.next {
		if _, ok := l.Port(); !ok {
			continue
		}
		bound, err := net.Listen("tcp", l.Address())
		if err == nil {
			_ = bound.Close()
		}
		if errors.Is(err, syscall.EADDRINUSE) {
			return fmt.Errorf("port %d is taken%s: nothing is changed", c.to, c.by())
		}
	}
	return nil
}

// by whom the new port is taken.
func (c *change) by() string {
	switch pids := holders(c.to); {
	case len(pids) == 0:
		return ""
	case slices.Contains(pids, c.service.MainPID):
		return fmt.Sprintf(" by another listener of %s itself (%s status)", c.Name, c.Name)
	case slices.Contains(pids, 1):
		return " by systemd, for another socket unit (systemctl list-sockets)"
	default:
		return By(c.to)
	}
}

// askTime is how long the service may take to answer: it may only be started by being
// asked.
const askTime = 100 * time.Second

// prove that this service answers at the new port, on each of its addresses.
func (c *change) prove(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	now, err := c.Systemd.Socket(ctx, c.socket.Unit)
	if err != nil {
		return err
	}
	for _, stream := range now.Streams {
		if _, isTCP := portOf(stream); !isTCP {
			continue
		}
		if err := c.ask(ctx, stream); err != nil {
			return fmt.Errorf("%s is not answered: %w", stream, err)
		}
	}
	return nil
}

// ask who is the service's main process: the first request may have started it.
func (c *change) ask(ctx context.Context, address string) error {
	if !c.isUp() {
		if err := c.Ask(ctx, address, 0); err != nil {
			return err
		}
	}
	service, err := c.Systemd.Service(ctx, c.Port.service())
	if err != nil {
		return err
	}
	return c.Ask(ctx, address, service.MainPID)
}

// Ask is that of a [Port]: one request, of which any whole answer will do, and which a
// process listens for; 0 is any.
func Ask(ctx context.Context, address string, pid int) error {
	port, _ := portOf(address)
	if pid != 0 && !slices.Contains(holders(port), pid) {
		return fmt.Errorf("process %d, which is the service, does not listen there", pid)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://localhost/livez", nil)
	if err != nil {
		return err
	}
	request.Header.Set("User-Agent", "gind-port")
	client := &http.Client{
		Transport: &http.Transport{
			DisableKeepAlives: true,
			DialContext:       func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx, address) },
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	response, err := client.Do(request) // one that speaks TLS says so in plain text: it lives
	if err != nil {
		return err
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	return err
}

// dial an address that something is bound to: all addresses are reached by loopback.
func dial(ctx context.Context, address string) (conn net.Conn, err error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	hosts := []string{host}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		hosts = []string{"::1", "127.0.0.1"}
	}
	var dialer net.Dialer
	for _, host := range hosts {
		conn, err = dialer.DialContext(ctx, "tcp", net.JoinHostPort(host, port))
		if err == nil {
			break
		}
	}
	return conn, err
}

// portOf a socket that systemd listens on, if it is of TCP.
func portOf(stream string) (port int, isTCP bool) {
	_, text, err := net.SplitHostPort(stream)
	if err != nil || stream[0] == '/' || stream[0] == '@' {
		return 0, false
	}
	port, err = strconv.Atoi(text)
	return port, err == nil
}
