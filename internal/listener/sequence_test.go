package listener

import (
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"testing"
	"time"
)

// step is one of net/http's calls.
type step func(*boundary)

func hook(s http.ConnState) step { return func(b *boundary) { b.state(s) } }

func deadline(b *boundary) { b.deadline() }

// reads is a Read into length bytes that returns data, if there is any.
func reads(length int, data string) step {
	return func(b *boundary) {
		b.beginRead(length)
		if data != "" {
			b.endRead([]byte(data))
		}
	}
}

// TestOnlyTheKnownSequenceOfCallsIsParkable: whatever net/http may do one day,
// in doubt the connection is not parked.
func TestOnlyTheKnownSequenceOfCallsIsParkable(t *testing.T) {
	served := []step{reads(4096, get()), hook(http.StateActive), reads(1, ""), hook(http.StateIdle)}
	cases := map[string]struct {
		steps    []step
		length   int // of the Read that follows
		parkable bool
		head     string
	}{
		"new":                          {nil, 4096, true, ""},
		"new, after a deadline":        {[]step{deadline}, 4096, true, ""},
		"idle":                         {append(served, deadline), 4096, true, ""},
		"idle, two bytes held":         {append([]step{reads(4096, get()+"PO")}, append(served[1:], deadline)...), 4094, true, "PO"},
		"idle, four bytes held":        {append(served, deadline), 4092, false, ""},
		"idle, longer than ever":       {append(served, deadline), 8192, false, ""},
		"idle, no deadline":            {served, 4096, false, ""},
		"idle, a Read too early":       {append(served, reads(4096, ""), deadline), 4096, false, ""},
		"idle, two deadlines":          {append(served, deadline, deadline), 4096, false, ""},
		"idle, more held than read":    {[]step{reads(4096, "G"), hook(http.StateActive), hook(http.StateIdle), deadline}, 4094, false, ""},
		"half a header":                {[]step{reads(4096, "GET / H")}, 4089, true, "GET / H"},
		"half a header, a line used":   {[]step{reads(4096, "GET / HTTP/1.1\r\n")}, 4096, true, "GET / HTTP/1.1\r\n"},
		"half a header, too much held": {[]step{reads(4096, "GET")}, 4092, false, "GET"},
		"half a header, grown buffer":  {[]step{reads(4096, "GET")}, 5000, false, "GET"},
		"whole header":                 {[]step{reads(4096, get())}, 4096, false, ""},
		"serving":                      {served[:2], 4096, false, ""},
		"serving, body in the buffer":  {[]step{reads(4096, get()), hook(http.StateActive), deadline}, 4096, false, ""},
		"hijacked":                     {append(served[:2:2], hook(http.StateHijacked)), 4096, false, ""},
		"hijacked for ever":            {append(served[:2:2], hook(http.StateHijacked), hook(http.StateIdle), deadline), 4096, false, ""},
		"HTTP/2's preface":             {[]step{reads(14, "PRI * HTTP/2.0")}, 10, false, "PRI * HTTP/2.0"},
	}
	for name, c := range cases {
		var b boundary
		for _, s := range c.steps {
			s(&b)
		}
		if got := b.beginRead(c.length); got != c.parkable || got && string(b.head) != c.head {
			t.Errorf("%s: parkable %v with %q, want %v with %q", name, got, b.head, c.parkable, c.head)
		}
	}
}

func TestHeadersThatAreTooLongAreAwaitedHere(t *testing.T) {
	var b boundary
	for range maxHead {
		reads(4096-len(b.head), "x")(&b)
	}
	if !b.beginRead(4096) || len(b.head) != maxHead {
		t.Fatalf("a head of %d bytes is not carried", len(b.head))
	}
	b.endRead([]byte("x"))
	if b.beginRead(4096) {
		t.Error("a longer one is")
	}
}

func TestOnlyHTTP1IsFollowed(t *testing.T) {
	for name, c := range map[string]struct {
		steps []step
		want  bool
	}{
		"HTTP/1":   {[]step{reads(4096, get()), hook(http.StateActive)}, true},
		"HTTP/2":   {[]step{reads(14, "PRI * HTTP/2.0")}, false},
		"hijacked": {[]step{reads(4096, get()), hook(http.StateActive), hook(http.StateHijacked)}, false},
	} {
		var b boundary
		for _, s := range c.steps {
			s(&b)
		}
		if b.followed() != c.want {
			t.Errorf("%s is followed: %v", name, b.followed())
		}
	}
}

// racingConn is one on which a request arrives just when its Read is
// interrupted to park it.
type racingConn struct {
	net.Conn
	interrupted chan struct{}
	deadlines   []time.Time
	blocked     chan struct{}
}

func (c *racingConn) Read(p []byte) (int, error) {
	if len(p) == 1 {
		return 0, io.EOF // net/http waits for the peer to go away
	}
	close(c.blocked)
	<-c.interrupted
	return copy(p, get()), nil
}

func (c *racingConn) SetDeadline(time.Time) error { return nil }

func (c *racingConn) SetReadDeadline(t time.Time) error {
	c.deadlines = append(c.deadlines, t)
	if t.Equal(longAgo) {
		close(c.interrupted)
	}
	return nil
}

func TestRequestThatComesAtTheMomentOfParkingIsServedHere(t *testing.T) {
	set := New()
	raw := &racingConn{interrupted: make(chan struct{}), blocked: make(chan struct{})}
	c := set.track(&Conn{raw: raw, listener: &Listener{set: set}})
	wanted := time.Now().Add(time.Minute)
	_ = c.SetReadDeadline(wanted)
	type result struct {
		n   int
		err error
	}
	read := make(chan result)
	go func() {
		n, err := c.Read(make([]byte, 4096))
		read <- result{n, err}
	}()
	<-raw.blocked
	shelf := newShelf(1)
	set.Freeze(shelf)
	if r := <-read; r.n != len(get()) || r.err != nil {
		t.Fatalf("Read: %d, %v", r.n, r.err)
	}
	_, _ = c.Read(make([]byte, 1))
	if last := raw.deadlines[len(raw.deadlines)-1]; !last.Equal(wanted) {
		t.Errorf("the deadline of the next Read is %v", last)
	}
	if !set.CanPark(c) {
		t.Error("the room is gone that was made for it")
	}
	set.ConnState(c, http.StateActive)
	set.ConnState(c, http.StateIdle)
	_ = c.SetReadDeadline(wanted)
	if _, err := c.Read(make([]byte, 4096)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("Read after the response: %v", err)
	}
	_ = c.Close()
	shelf.take(t)
}

// slowSocket has a connection in its hands when it is interrupted.
type slowSocket struct {
	socket
	interrupted chan struct{}
	conn        net.Conn
}

func (s *slowSocket) Accept() (net.Conn, error) {
	<-s.interrupted
	if c := s.conn; c != nil {
		s.conn = nil
		time.Sleep(10 * time.Millisecond)
		return c, nil
	}
	return nil, os.ErrDeadlineExceeded
}

func (s *slowSocket) SetDeadline(t time.Time) error {
	if t.Equal(longAgo) {
		close(s.interrupted)
	}
	return nil
}

func TestFreezeWaitsForTheConnectionThatIsJustBeingAccepted(t *testing.T) {
	set := open(t)
	l := set.Listeners()[0]
	l.handedOn()
	ours, theirs := net.Pipe()
	defer func() { _ = ours.Close(); _ = theirs.Close() }()
	l.socket = &slowSocket{l.socket, make(chan struct{}), ours}
	accepted := make(chan net.Conn, 1)
	go func() {
		c, _ := l.Accept()
		accepted <- c
	}()
	eventually(t, "Accept waits for the socket", func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		return l.accepting == 1
	})
	set.Freeze(newShelf(1))
	select {
	case <-set.Frozen():
		t.Fatal("nothing is left, it says")
	default:
	}
	if _, err := (<-accepted).Read(make([]byte, 4096)); !errors.Is(err, errParked) {
		t.Errorf("Read: %v", err)
	}
}
