package load

import (
	"context"
	"fmt"
	"net"
	"sync"
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
