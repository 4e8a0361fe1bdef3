package client

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"time"
)

// Options say what a Load does.
type Options struct {
	// Conns is how many connections there are, from the first to the last moment.
	Conns int
	// Dial opens one.
	Dial func() (net.Conn, error)
	// Exchange makes one request and judges the answer. What it does not like is
	// an error, and its connection is not used any more.
	Exchange func(*Conn) error
	// Pause is the mean time between an answer and the next request on the same
	// connection. It is random, up to twice that.
	Pause time.Duration
	// Patience is how long an exchange may take: 20 seconds if it is zero.
	Patience time.Duration
}

// Load is a number of connections with one request after another on each.
type Load struct {
	options Options
	stop    chan struct{}
	running sync.WaitGroup

	mu     sync.Mutex
	report Report
}

// Report is what became of a Load.
type Report struct {
	Exchanges int             // that were good
	Alive     int             // connections that were so to the end
	Failures  []error         // one for each of the others
	Slowest   []time.Duration // exchanges that took longest, at most 10, the slowest first
}

// String is a line for people.
func (r Report) String() string {
	slowest := time.Duration(0)
	if len(r.Slowest) > 0 {
		slowest = r.Slowest[0]
	}
	return fmt.Sprintf("%d exchanges, %d connections alive, %d failed, slowest %v",
		r.Exchanges, r.Alive, len(r.Failures), slowest.Round(time.Millisecond))
}

// Start opens the connections and makes one exchange on each, without which
// there is no Load.
func Start(o Options) (*Load, error) {
	o.Patience = cmp.Or(o.Patience, 20*time.Second)
	l := &Load{options: o, stop: make(chan struct{})}
	conns := make([]*Conn, 0, o.Conns)
	for range o.Conns {
		conn, err := o.Dial()
		if err == nil {
			conns = append(conns, New(conn))
			err = l.exchange(conns[len(conns)-1])
		}
		if err != nil {
			closeAll(conns)
			return nil, fmt.Errorf("client: connection %d: %w", len(conns), err)
		}
	}
	for _, c := range conns {
		l.running.Go(func() { l.run(c) })
	}
	return l, nil
}

func closeAll(conns []*Conn) {
	for _, c := range conns {
		_ = c.Close()
	}
}

// Stop makes a last exchange on each connection that has not failed, which
// shows that it is alive, and closes it. Stop may be called once.
func (l *Load) Stop() Report {
	close(l.stop)
	l.running.Wait()
	return l.report
}

func (l *Load) run(c *Conn) {
	defer func() { _ = c.Close() }()
	for l.pause() {
		if err := l.exchange(c); err != nil {
			l.failed(c, err)
			return
		}
	}
	if err := l.exchange(c); err != nil {
		l.failed(c, fmt.Errorf("the last exchange: %w", err))
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.report.Alive++
}

// pause reports whether the load goes on.
func (l *Load) pause() bool {
	select {
	case <-l.stop:
		return false
	case <-time.After(rand.N(2*l.options.Pause + 1)):
		return true
	}
}

func (l *Load) exchange(c *Conn) error {
	begun := time.Now()
	if err := c.SetDeadline(begun.Add(l.options.Patience)); err != nil {
		return err
	}
	if err := l.options.Exchange(c); err != nil {
		return fmt.Errorf("after %v: %w", time.Since(begun).Round(time.Millisecond), err)
	}
	took := time.Since(begun)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.report.Exchanges++
	l.report.note(took)
	return nil
}

func (l *Load) failed(c *Conn, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.report.Failures = append(l.report.Failures, fmt.Errorf("%s: %w", c.LocalAddr(), err))
}

const slowestKept = 10

func (r *Report) note(took time.Duration) {
	if len(r.Slowest) == slowestKept && took <= r.Slowest[slowestKept-1] {
		return
	}
	at, _ := slices.BinarySearchFunc(r.Slowest, took, func(a, b time.Duration) int { return cmp.Compare(b, a) })
	r.Slowest = slices.Insert(r.Slowest, at, took)
	r.Slowest = r.Slowest[:min(len(r.Slowest), slowestKept)]
}
