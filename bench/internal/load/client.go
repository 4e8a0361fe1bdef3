package load

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"
)

// Client sends requests at a steady rate on keep-alive connections, and counts
// what a server does to them. It is a good client, as a proxy is: it looks
// whether the server has closed a connection before it sends on it, and opens
// another. It repeats nothing, as one that POSTs cannot.
type Client struct {
	// Dial opens a connection.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Address is the server's, an IP address and a port.
	Address string
	// Path is what is asked for.
	Path string
	// Connections is how many are open all the time.
	Connections int
	// Rate is how many requests a second they send together, each in its turn.
	Rate float64
}

// Result is what happened to a client's requests and connections.
type Result struct {
	// Failed are requests that were sent and got no answer, a torn one or one
	// that is not 200, and those for which no connection could be opened.
	Failed int
	// Closed are connections that the server ended, whether it said so before
	// (Connection: close) or not.
	Closed int
	// Latencies has one for each request that was answered, from when it was due:
	// what waits for the answer before it on its connection waits on the server's account.
	Latencies []time.Duration
	// Failure is one of the failures.
	Failure error
}

// Add adds the figures of another run.
func (r *Result) Add(other Result) {
	r.Failed += other.Failed
	r.Closed += other.Closed
	r.Latencies = append(r.Latencies, other.Latencies...)
	if r.Failure == nil {
		r.Failure = other.Failure
	}
}

// patience is how long a client waits for an answer.
const patience = 10 * time.Second

// Open opens the connections, and sends a request on each so that they are in
// use when [Session.Run] begins.
func (c *Client) Open(ctx context.Context) (*Session, error) {
	s := &Session{client: c}
	for range c.Connections {
		l := &line{client: c}
		s.lines = append(s.lines, l)
		if err := l.connect(ctx); err != nil {
			s.Close()
			return nil, fmt.Errorf("load: connect to %s: %w", c.Address, err)
		}
		if _, err := l.exchange(); err != nil {
			s.Close()
			return nil, fmt.Errorf("load: first request to %s: %w", c.Address, err)
		}
	}
	return s, nil
}

// Session is a client with its connections open.
type Session struct {
	client *Client
	lines  []*line
}

// Run sends requests until ctx ends, and then waits for the answers to those that are sent.
func (s *Session) Run(ctx context.Context) Result {
	begin := time.Now()
	interval := time.Duration(float64(len(s.lines)) / s.client.Rate * float64(time.Second))
	var running sync.WaitGroup
	for i, l := range s.lines {
		first := begin.Add(interval * time.Duration(i) / time.Duration(len(s.lines)))
		running.Go(func() { l.run(ctx, first, interval) })
	}
	running.Wait()

	var total Result
	for _, l := range s.lines {
		if l.conn != nil && hungUp(l.conn) {
			l.hangUp()
		}
		total.Add(l.result)
		l.result = Result{}
	}
	return total
}

// Close closes the connections.
func (s *Session) Close() {
	for _, l := range s.lines {
		if l.conn != nil {
			l.conn.Close()
		}
	}
}

// line is one of a client's connections, and the ones that took its place.
type line struct {
	client *Client
	conn   net.Conn // nil: to be opened for the next request
	reader *bufio.Reader
	result Result
}

func (l *line) run(ctx context.Context, due time.Time, interval time.Duration) {
	for ; ; due = due.Add(interval) {
		begin := due
		if wait := time.Until(due); wait > 0 {
			select {
			case <-ctx.Done():
				return
			case <-time.After(wait):
			}
			begin = time.Now() // a late timer is not the server's fault
		} else if ctx.Err() != nil {
			return
		}
		l.request(ctx, begin)
	}
}

func (l *line) request(ctx context.Context, begin time.Time) {
	if l.conn != nil && hungUp(l.conn) {
		l.hangUp()
	}
	if l.conn == nil {
		if err := l.connect(context.WithoutCancel(ctx)); err != nil {
			l.fail(fmt.Errorf("connect: %w", err))
			return
		}
	}
	last, err := l.exchange()
	if err != nil {
		l.fail(err)
	} else {
		l.result.Latencies = append(l.result.Latencies, time.Since(begin))
	}
	if last {
		l.hangUp()
	}
}

func (l *line) fail(err error) {
	l.result.Failed++
	l.result.Failure = err
}

// hangUp counts a connection that the server has ended.
func (l *line) hangUp() {
	l.result.Closed++
	l.conn.Close()
	l.conn = nil
}

func (l *line) connect(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	conn, err := l.client.Dial(ctx, "tcp", l.client.Address)
	if err != nil {
		return err
	}
	l.conn, l.reader = conn, bufio.NewReader(conn)
	return nil
}

// exchange sends a request and reads the answer. It says whether the connection
// is of no more use after it, because the server said so or because it broke.
func (l *line) exchange() (last bool, err error) {
	if err := l.conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return true, err
	}
	if _, err := fmt.Fprintf(l.conn, "GET %s HTTP/1.1\r\nHost: bench\r\n\r\n", l.client.Path); err != nil {
		return true, fmt.Errorf("send: %w", err)
	}
	answer, err := http.ReadResponse(l.reader, nil)
	if err != nil {
		return true, fmt.Errorf("answer: %w", err)
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		return true, fmt.Errorf("answer's body: %w", err)
	}
	if answer.StatusCode != http.StatusOK {
		return answer.Close, fmt.Errorf("answer: %s", answer.Status)
	}
	return answer.Close, nil
}

// hungUp says, without waiting, whether an idle connection was closed, or got
// bytes that nobody asked for.
func hungUp(conn net.Conn) bool {
	raw, err := conn.(syscall.Conn).SyscallConn()
	if err != nil {
		return true
	}
	var peeked error
	controlled := raw.Control(func(fd uintptr) {
		_, _, peeked = syscall.Recvfrom(int(fd), make([]byte, 1), syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
	})
	return controlled != nil || !errors.Is(peeked, syscall.EAGAIN)
}
