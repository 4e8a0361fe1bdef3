//go:build linux

package traffic

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gind/gind/vm-tests/client"
	"github.com/gind/gind/vm-tests/machine"
	"github.com/gind/gind/vm-tests/service"
)

// Dialer opens connections to the service inside a machine.
func Dialer(m *machine.Machine) func() (net.Conn, error) { return DialerTo(m, service.Address) }

// DialerTo opens connections to what listens on an address inside a machine.
func DialerTo(m *machine.Machine, address string) func() (net.Conn, error) {
	return func() (net.Conn, error) {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		return m.Dial(ctx, "tcp", address)
	}
}

// Start asks testapp on so many connections until the load is stopped. What
// the options leave out is a connection to the service, and echo.
func Start(t *testing.T, m *machine.Machine, o client.Options) *client.Load {
	t.Helper()
	if o.Dial == nil {
		o.Dial = Dialer(m)
	}
	if o.Exchange == nil {
		o.Exchange = Echo
	}
	load, err := client.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	return load
}

// Stop ends a load of which every connection has to be alive, and every
// request answered.
func Stop(t *testing.T, load *client.Load, conns int) client.Report {
	t.Helper()
	report := load.Stop()
	t.Log(report)
	for i, err := range report.Failures {
		if i == 10 {
			t.Errorf("and %d more", len(report.Failures)-i)
			break
		}
		t.Error(err)
	}
	if report.Alive != conns {
		t.Errorf("%d of %d connections lived from the first to the last process", report.Alive, conns)
	}
	return report
}

var numbers atomic.Int64

// NextNumber is one that no request has had.
func NextNumber() int64 { return numbers.Add(1) }

// Echo makes a request that no other is like, and looks whether the answer is
// its own, and whether the service knows the client's address.
func Echo(c *client.Conn) error {
	number := NextNumber()
	answer, err := c.Do(fmt.Sprintf("GET /echo?number=%d HTTP/1.1\r\nHost: gind\r\n\r\n", number))
	if err != nil {
		return err
	}
	return Echoed(c, number, answer)
}

// Echoed looks whether an answer is that to a request with the number, on a
// connection that stays open.
func Echoed(c *client.Conn, number int64, answer client.Answer) error {
	var gotNumber int64
	var gotAddress string
	var pid int
	_, err := fmt.Sscan(answer.Body, &gotNumber, &gotAddress, &pid)
	switch {
	case answer.Status != http.StatusOK || err != nil:
		return fmt.Errorf("status %d: %s", answer.Status, answer.Body)
	case gotNumber != number:
		return fmt.Errorf("the answer to request %d is that to %d", number, gotNumber)
	case gotAddress != c.LocalAddr().String():
		return fmt.Errorf("the service takes the client for %s", gotAddress)
	case answer.Last:
		return fmt.Errorf("the service closes the connection")
	}
	return nil
}
