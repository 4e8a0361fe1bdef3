//go:build linux

package restart

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gind/gind/vm-tests/client"
	"github.com/gind/gind/vm-tests/installed"
	"github.com/gind/gind/vm-tests/machine"
	"github.com/gind/gind/vm-tests/service"
	"github.com/gind/gind/vm-tests/traffic"
)

// awkward is a client that does something unusual while processes follow each
// other. In an upgrade there is no time in which its connection is parked.
type awkward struct {
	name     string
	before   step // while the first process serves
	draining step // after it was told to end, while it still has requests in flight
	parked   step // between the processes
	after    step // while the second process serves
}

type step func(*client.Conn) error

// gap is how long no process is there in a restart.
const gap = "[Service]\nExecStartPre=/bin/sleep 1"

func TestAwkwardClientsGetTheirAnswers(t *testing.T) {
	installed.Testapp(t, nil, func(t *testing.T, m *machine.Machine) {
		service.DropIn(m, "gind.service", gap)
		service.StartForLoad(m)
		for name, follow := range map[string]func(t *testing.T, m *machine.Machine, draining, parked func()){
			"restart": restartInSteps,
			"upgrade": upgradeInSteps,
		} {
			clients := connectAwkward(t, m)
			clients.all(t, name+", before", func(a awkward) step { return a.before })
			follow(t, m,
				func() { clients.all(t, name+", draining", func(a awkward) step { return a.draining }) },
				func() { clients.all(t, name+", parked", func(a awkward) step { return a.parked }) })
			clients.all(t, name+", after", func(a awkward) step { return a.after })
		}
		if records := m.Journal("-u", "gind", "-p", "warning", "SYSLOG_IDENTIFIER=gind"); len(records) > 0 {
			t.Errorf("the service complains:\n%s", machine.Messages(records))
		}
	})
}

func restartInSteps(t *testing.T, m *machine.Machine, draining, parked func()) {
	t.Helper()
	m.Run("systemctl restart --no-block gind")
	m.Await(10*time.Second, service.InSubState("stop-sigterm"))
	draining()
	m.Await(10*time.Second, service.InSubState("start-pre"))
	parked()
	m.Await(10*time.Second, service.InSubState("running"))
}

func upgradeInSteps(t *testing.T, m *machine.Machine, draining, parked func()) {
	t.Helper()
	first := service.Property(m, "MainPID")
	m.Run(service.Upgrade)
	m.Run("test -d /proc/" + first) // it has requests in flight
	draining()
	m.Await(10*time.Second, "! test -d /proc/"+first)
	parked()
}

// awkwardClients are each on a connection of their own.
type awkwardClients struct {
	kinds []awkward
	conns []*client.Conn
}

func connectAwkward(t *testing.T, m *machine.Machine) *awkwardClients {
	t.Helper()
	c := &awkwardClients{kinds: awkwardKinds()}
	for range c.kinds {
		conn, err := traffic.Dialer(m)()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		_ = conn.SetDeadline(time.Now().Add(time.Minute))
		c.conns = append(c.conns, client.New(conn))
	}
	return c
}

// all lets every client take the same step, all at a time.
func (a *awkwardClients) all(t *testing.T, when string, which func(awkward) step) {
	t.Helper()
	var busy sync.WaitGroup
	for i, kind := range a.kinds {
		if take := which(kind); take != nil {
			busy.Go(func() {
				if err := take(a.conns[i]); err != nil {
					t.Errorf("%s: %s: %v", when, kind.name, err)
				}
			})
		}
	}
	busy.Wait()
}

func awkwardKinds() []awkward {
	slow, body := slowHeader(), newHalfBody()
	return []awkward{
		{name: "never used before", after: traffic.Echo},
		{name: "never used, first request while parked", parked: send(1), after: receive(1)},
		{name: "idle for longer than the restart", before: traffic.Echo, after: traffic.Echo},
		{name: "request while parked", before: traffic.Echo, parked: send(2), after: also(receive(2), traffic.Echo)},
		{name: "pipelining while parked", before: traffic.Echo, parked: send(3, 4, 5, 6), after: also(receive(3, 4, 5, 6), traffic.Echo)},
		{name: "pipelining while served", before: sendSlow(7, 8, 9, 10), after: also(receive(7, 8, 9, 10), traffic.Echo)},
		{name: "pipelining more than a buffer", before: sendLong(11, 60), after: also(receiveLong(11, 60), traffic.Echo)},
		{name: "half a request line", before: also(traffic.Echo, write("GE")), parked: write("T /echo?num"),
			after: also(write("ber=100 HTTP/1.1\r\nHost: gind\r\n\r\n"), receive(100), traffic.Echo)},
		{name: "half a header", before: write("GET /echo?number=101 HTTP/1.1\r\nHo"), parked: write("st: gi"),
			after: also(write("nd\r\n\r\n"), receive(101), traffic.Echo)},
		{name: "header, byte by byte", before: slow.begin, after: also(slow.end, traffic.Echo)},
		{name: "half a body", before: body.begin, draining: body.end, after: traffic.Echo},
		{name: "asks before it sends a body", before: also(write("POST /record/102 HTTP/1.1\r\nHost: gind\r\nX-Sum: "+sumOf("late")+
			"\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n"), status(http.MethodPost, http.StatusContinue)),
			draining: also(write("late"), status(http.MethodPost, http.StatusOK)), after: traffic.Echo},
		{name: "reads its answer late", before: write("GET /bulk?length=20000000 HTTP/1.1\r\nHost: gind\r\n\r\n"),
			draining: bulkOf(20_000_000), after: traffic.Echo},
		{name: "HTTP/1.0 in flight", before: write("GET /echo?number=103&for=300ms HTTP/1.0\r\n\r\n"), after: also(receiveLast(103), ended)},
		{name: "HTTP/1.0 while parked", parked: write("GET /echo?number=104 HTTP/1.0\r\n\r\n"), after: also(receiveLast(104), ended)},
		{name: "HTTP/1.0 with keep-alive", before: keepAlive10(105), parked: write(request10(106)),
			after: also(receive(106), keepAlive10(107))},
		{name: "closes after its answer", before: traffic.Echo, parked: write("GET /echo?number=108 HTTP/1.1\r\nHost: gind\r\nConnection: close\r\n\r\n"),
			after: also(receiveLast(108), ended)},
		{name: "half-closed in flight", before: also(write("GET /echo?number=109&for=300ms HTTP/1.1\r\nHost: gind\r\n\r\n"), closeWrite),
			after: also(receiveAny(109), ended)},
		{name: "half-closed while parked", before: traffic.Echo, parked: closeWrite, after: ended},
		{name: "request and half-closed while parked", before: traffic.Echo, parked: also(send(110), closeWrite), after: also(receiveAny(110), ended)},
		{name: "closed while parked", before: traffic.Echo, parked: closed},
		{name: "reset while parked", before: traffic.Echo, parked: reset},
		{name: "malformed while parked", before: traffic.Echo, parked: write("nonsense\r\n\r\n"),
			after: also(status(http.MethodGet, http.StatusBadRequest), ended)},
	}
}

// also takes steps after each other.
func also(steps ...step) step {
	return func(c *client.Conn) error {
		for _, take := range steps {
			if err := take(c); err != nil {
				return err
			}
		}
		return nil
	}
}

func write(text string) step {
	return func(c *client.Conn) error {
		_, err := io.WriteString(c, text)
		return err
	}
}

func requestOf(number int64, more string) string {
	return fmt.Sprintf("GET /echo?number=%d%s HTTP/1.1\r\nHost: gind\r\n\r\n", number, more)
}

// send writes requests without waiting for an answer.
func send(numbers ...int64) step {
	var all strings.Builder
	for _, number := range numbers {
		all.WriteString(requestOf(number, ""))
	}
	return write(all.String())
}

func sendSlow(numbers ...int64) step {
	var all strings.Builder
	for _, number := range numbers {
		all.WriteString(requestOf(number, "&for=200ms"))
	}
	return write(all.String())
}

// sendLong writes so many requests of a kilobyte each.
func sendLong(first, count int64) step {
	var all strings.Builder
	for number := first; number < first+count; number++ {
		all.WriteString(requestOf(number, "&for=10ms&more="+strings.Repeat("x", 1000)))
	}
	return write(all.String())
}

func receiveLong(first, count int64) step {
	numbers := make([]int64, count)
	for i := range numbers {
		numbers[i] = first + int64(i)
	}
	return receive(numbers...)
}

// receive wants the answers to those requests, in that order, on a connection
// that stays open.
func receive(numbers ...int64) step {
	return func(c *client.Conn) error {
		for _, number := range numbers {
			answer, err := c.Receive(http.MethodGet)
			if err == nil {
				err = traffic.Echoed(c, number, answer)
			}
			if err != nil {
				return err
			}
		}
		return nil
	}
}

// receiveLast wants an answer that says that it is the last.
func receiveLast(number int64) step {
	return func(c *client.Conn) error {
		answer, err := c.Receive(http.MethodGet)
		switch {
		case err != nil:
			return err
		case !answer.Last:
			return errors.New("the answer does not say that it is the last")
		}
		answer.Last = false
		return traffic.Echoed(c, number, answer)
	}
}

// receiveAny wants an answer, whether or not it says that it is the last.
func receiveAny(number int64) step {
	return func(c *client.Conn) error {
		answer, err := c.Receive(http.MethodGet)
		if err != nil {
			return err
		}
		answer.Last = false
		return traffic.Echoed(c, number, answer)
	}
}

func status(method string, want int) step {
	return func(c *client.Conn) error {
		answer, err := c.Receive(method)
		if err == nil && answer.Status != want {
			err = fmt.Errorf("status %d, want %d: %s", answer.Status, want, answer.Body)
		}
		return err
	}
}

func bulkOf(length int) step {
	return func(c *client.Conn) error {
		answer, err := c.Receive(http.MethodGet)
		if err == nil && len(answer.Body) != length {
			err = fmt.Errorf("%d bytes, want %d", len(answer.Body), length)
		}
		return err
	}
}

func request10(number int64) string {
	return fmt.Sprintf("GET /echo?number=%d HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", number)
}

func keepAlive10(number int64) step { return also(write(request10(number)), receive(number)) }

func ended(c *client.Conn) error { return c.Ended() }

func closed(c *client.Conn) error { return c.Close() }

func closeWrite(c *client.Conn) error { return c.Conn.(*net.TCPConn).CloseWrite() }

func reset(c *client.Conn) error {
	return errors.Join(c.Conn.(*net.TCPConn).SetLinger(0), c.Close())
}

// byteByByte sends its header a byte at a time while everything else happens.
type byteByByte struct{ sent chan error }

func slowHeader() byteByByte { return byteByByte{make(chan error, 1)} }

func (b byteByByte) begin(c *client.Conn) error {
	go func() {
		for _, char := range []byte(requestOf(120, "")) {
			if _, err := c.Write([]byte{char}); err != nil {
				b.sent <- err
				return
			}
			time.Sleep(50 * time.Millisecond)
		}
		b.sent <- nil
	}()
	return nil
}

func (b byteByByte) end(c *client.Conn) error {
	return errors.Join(<-b.sent, receive(120)(c))
}

// halfBody is a POST in two parts.
type halfBody struct{ text string }

func newHalfBody() halfBody { return halfBody{strings.Repeat("half ", 100_000)} }

func (b halfBody) begin(c *client.Conn) error {
	head := fmt.Sprintf("POST /record/121 HTTP/1.1\r\nHost: gind\r\nContent-Length: %d\r\nX-Sum: %s\r\n\r\n", len(b.text), sumOf(b.text))
	return write(head + b.text[:len(b.text)/2])(c)
}

func (b halfBody) end(c *client.Conn) error {
	return also(write(b.text[len(b.text)/2:]), status(http.MethodPost, http.StatusOK))(c)
}

func sumOf(text string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(text))) }
