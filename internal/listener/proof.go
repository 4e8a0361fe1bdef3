package listener

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Proven reports whether the net/http that this program was built with makes
// the calls by which a boundary between requests is recognized. The error says
// what it does instead; then nothing must be parked, for a request could be
// lost. A few requests are served in memory, the first time only; it takes
// about a millisecond.
var Proven = sync.OnceValue(func() error {
	for _, p := range proofs {
		if err := p.run(); err != nil {
			return fmt.Errorf("listener: net/http can't be followed: %q: %w", p.sent, err)
		}
	}
	return nil
})

// proof is what a client sends in one piece, and what has to become of the
// connection when it then waits.
type proof struct {
	sent      string
	responses int
	head      string // goes along with the connection
	busy      bool   // the connection must not be parked
}

const (
	wholeGET  = "GET / HTTP/1.1\r\nHost: gind\r\n\r\n"
	wholePOST = "POST / HTTP/1.1\r\nHost: gind\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ngind\r\n0\r\n\r\n"
)

var proofs = []proof{
	{sent: "G", head: "G"},
	{sent: "GET / HTTP/1.1\r\n", head: "GET / HTTP/1.1\r\n"},
	{sent: "GET / HTTP/1.1\r\nHost: gi", head: "GET / HTTP/1.1\r\nHost: gi"},
	{sent: wholeGET, responses: 1},
	{sent: wholeGET + "G", responses: 1, head: "G"},
	{sent: wholeGET + "GET", responses: 1, head: "GET"},
	{sent: wholeGET + "GET ", responses: 1, busy: true},
	{sent: wholeGET + "GET / HTTP/1.1\r\n", responses: 1, busy: true},
	{sent: wholePOST, responses: 1},
	{sent: wholePOST + "PO", responses: 1, head: "PO"},
	{sent: wholePOST + "POST / HTTP/1.1\r\n", responses: 1, busy: true},
	{sent: wholePOST + wholeGET, responses: 2},
}

// proofTimeout is far more than a proof takes.
const proofTimeout = 5 * time.Second

func (p proof) run() error {
	ctx, cancel := context.WithTimeout(context.Background(), proofTimeout)
	defer cancel()
	client, raw := net.Pipe()
	defer func() { _ = client.Close() }()
	reads := make(chan struct{}, 64)
	set := New()
	l := &Listener{set: set, name: "proof"}
	c := set.track(&Conn{raw: readSignal{raw, reads}, listener: l})
	defer func() { _ = raw.Close() }()
	var handled atomic.Int32
	server := http.Server{
		Handler:     http.HandlerFunc(func(http.ResponseWriter, *http.Request) { handled.Add(1) }),
		ConnState:   set.ConnState,
		IdleTimeout: time.Minute,
		ErrorLog:    log.New(io.Discard, "", 0),
	}
	go func() { _ = server.Serve(&oneConn{conn: c, done: ctx.Done()}) }()

	if err := p.talk(ctx, client, reads); err != nil {
		return err
	}
	if err := p.compare(ctx, c); err != nil {
		return err
	}
	if n := int(handled.Load()); n != p.responses {
		return fmt.Errorf("%d requests are handled", n)
	}
	return nil
}

// talk ends when the server waits for more than it was sent.
func (p proof) talk(ctx context.Context, client net.Conn, reads <-chan struct{}) error {
	deadline, _ := ctx.Deadline()
	_ = client.SetDeadline(deadline)
	if _, err := io.WriteString(client, p.sent); err != nil {
		return fmt.Errorf("it is not read in one piece: %w", err)
	}
	buffered := bufio.NewReader(client)
	for range p.responses {
		response, err := http.ReadResponse(buffered, nil)
		if err != nil {
			return fmt.Errorf("no response: %w", err)
		}
		_ = response.Body.Close()
	}
	for range 2 { // the first read gets what was sent, the second waits
		select {
		case <-reads:
		case <-ctx.Done():
			return errors.New("the connection is not read again")
		}
	}
	return nil
}

// compare looks at the connection as it is, for to park it takes a while, and
// then parks it.
func (p proof) compare(ctx context.Context, c *Conn) error {
	parkable, head := c.waits()
	switch {
	case parkable == p.busy:
		return fmt.Errorf("parkable: %v", parkable)
	case p.busy:
		return nil
	case head != p.head:
		return fmt.Errorf("%q goes along, not %q", head, p.head)
	}
	kept := make(proofKeeper, 1)
	c.listener.set.Freeze(kept)
	select {
	case parked := <-kept:
		if string(parked.Head) != p.head {
			return fmt.Errorf("%q went along, not %q", parked.Head, p.head)
		}
		return nil
	case <-ctx.Done():
		return errors.New("it is not parked")
	}
}

// waits reports whether a Read waits that may be interrupted, and what has been
// read of a request.
func (c *Conn) waits() (parkable bool, head string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.blocked, string(c.boundary.head)
}

// proofKeeper is a Keeper with room for one connection.
type proofKeeper chan Parked

// Reserve implements Keeper.
func (proofKeeper) Reserve() bool { return true }

// Release implements Keeper.
func (proofKeeper) Release() {}

// Keep implements Keeper.
func (k proofKeeper) Keep(p Parked) { k <- p }

// readSignal tells of each Read that fills a buffer, and not of the
// background read of one byte.
type readSignal struct {
	net.Conn
	reads chan<- struct{}
}

func (r readSignal) Read(p []byte) (int, error) {
	if len(p) > 1 {
		r.reads <- struct{}{}
	}
	return r.Conn.Read(p)
}

// oneConn is a net.Listener with a single connection.
type oneConn struct {
	conn net.Conn
	done <-chan struct{}
}

// Accept implements net.Listener.
func (l *oneConn) Accept() (net.Conn, error) {
	if c := l.conn; c != nil {
		l.conn = nil
		return c, nil
	}
	<-l.done
	return nil, net.ErrClosed
}

// Close implements net.Listener.
func (l *oneConn) Close() error { return nil }

// Addr implements net.Listener.
func (l *oneConn) Addr() net.Addr { return new(net.UnixAddr) }
