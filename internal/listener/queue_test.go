package listener

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
	"time"
)

// TestQueueOfAnActivatedSocketStaysInTheKernel: the next process accepts what
// this one does not.
func TestQueueOfAnActivatedSocketStaysInTheKernel(t *testing.T) {
	manager := tcpFile(t) // the service manager's descriptor
	defer func() { _ = manager.Close() }()
	start := func() *service {
		duplicate, err := net.FileListener(manager)
		if err != nil {
			t.Fatal(err)
		}
		f, err := duplicate.(*net.TCPListener).File()
		if err != nil {
			t.Fatal(err)
		}
		_ = duplicate.Close()
		set, err := Open([]Spec{{Name: "http"}}, []Inherited{{Name: "http", File: f}})
		if err != nil {
			t.Fatal(err)
		}
		return serve(t, set, echo)
	}
	first := start()
	address := first.set.Listeners()[0].Addr().String()
	first.freeze(t, newShelf(1))
	waiting, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = waiting.Close() }()
	_ = waiting.SetDeadline(time.Now().Add(patience))
	start()
	if answer, _ := ask(t, waiting, get()); answer != "GET 0" {
		t.Errorf("answer %q", answer)
	}
}

// TestHandedOnSocketIsTheSuccessorsAtOnce: who has been told that a successor
// serves finds it, also before the freeze.
func TestHandedOnSocketIsTheSuccessorsAtOnce(t *testing.T) {
	first := serve(t, open(t), echo)
	before := dial(t, first.set)
	if answer, _ := ask(t, before, get()); answer != "GET 0" {
		t.Fatalf("answer %q", answer)
	}
	files, err := first.set.Files()
	if err != nil {
		t.Fatal(err)
	}
	second, err := Open([]Spec{{Name: "http", Address: "127.0.0.1:0"}}, files)
	if err != nil {
		t.Fatal(err)
	}
	first.set.HandedOn()
	waiting := dial(t, first.set)
	serve(t, second, echo)
	if answer, _ := ask(t, waiting, get()); answer != "GET 0" {
		t.Errorf("answer %q", answer)
	}
	if answer, _ := ask(t, before, get()); answer != "GET 0" {
		t.Errorf("answer %q on a connection from before", answer)
	}
	if old, new := first.set.Conns(), second.Conns(); old != 1 || new != 1 {
		t.Errorf("the predecessor has %d connections and the successor %d, want 1 each", old, new)
	}
}

// TestOwnQueueIsServedBeforeTheSocketIsClosed: to close the socket would reset
// connections that wait in its queue.
func TestOwnQueueIsServedBeforeTheSocketIsClosed(t *testing.T) {
	set := open(t)
	clients := make([]net.Conn, 50)
	for i := range clients {
		clients[i] = dial(t, set)
		if _, err := io.WriteString(clients[i], get()); err != nil {
			t.Fatal(err)
		}
	}
	frozen := make(chan struct{})
	s := serve(t, set, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		<-frozen // or a request could be answered before the freeze, and its connection go on
		echo(w, r)
	}))
	s.set.Freeze(nil)
	close(frozen)
	for _, c := range clients {
		if answer, last := readResponse(t, bufio.NewReader(c)); answer != "GET 0" || !last {
			t.Fatalf("answer %q, last %v", answer, last)
		}
	}
	<-set.Frozen()
	if c, err := net.Dial("tcp", set.Listeners()[0].Addr().String()); err == nil {
		_ = c.Close()
		t.Error("the socket is still open")
	}
}

func TestFreezeDoesNotWaitForAListenerThatNobodyServes(t *testing.T) {
	set := open(t)
	set.Freeze(nil)
	select {
	case <-set.Frozen():
	case <-time.After(emptyWithin + patience):
		t.Fatal("it waits")
	}
}

func TestAcceptEndsOnCloseOnly(t *testing.T) {
	set := open(t)
	l := set.Listeners()[0]
	l.handedOn()
	ended := make(chan error, 1)
	go func() {
		_, err := l.Accept()
		ended <- err
	}()
	time.Sleep(10 * time.Millisecond)
	set.Freeze(newShelf(1))
	<-set.Frozen()
	select {
	case err := <-ended:
		t.Fatalf("Accept ended: %v", err)
	case <-time.After(20 * time.Millisecond):
	}
	_ = l.Close()
	if err := <-ended; !errors.Is(err, net.ErrClosed) {
		t.Errorf("Accept: %v", err)
	}
	if err := l.Close(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("second Close: %v", err)
	}
	if len(set.Listeners()) != 0 {
		t.Error("it is still in the set")
	}
}

func TestAdoptedConnectionInterruptsAccept(t *testing.T) {
	set := open(t)
	l := set.Listeners()[0]
	type result struct {
		c   net.Conn
		err error
	}
	accepted := make(chan result)
	go func() {
		for {
			c, err := l.Accept()
			accepted <- result{c, err}
			if err != nil {
				return
			}
		}
	}()
	for range 3 {
		time.Sleep(5 * time.Millisecond) // Accept waits for the socket
		ours, theirs := net.Pipe()
		defer func() { _ = ours.Close(); _ = theirs.Close() }()
		when := time.Unix(1e9, 0)
		if err := set.Adopt(Parked{Conn: ours, Listener: "http", Accepted: when}); err != nil {
			t.Fatal(err)
		}
		if r := <-accepted; r.err != nil || !r.c.(*Conn).Adopted() || !r.c.(*Conn).Accepted().Equal(when) {
			t.Errorf("%+v", r)
		}
		client := dial(t, set)
		if r := <-accepted; r.err != nil || r.c.(*Conn).Adopted() || r.c.RemoteAddr().String() != client.LocalAddr().String() {
			t.Errorf("%+v", r)
		}
	}
	_ = l.Close()
	<-accepted
	if err := set.Adopt(Parked{Listener: "http"}); err == nil {
		t.Error("a connection is adopted without a listener")
	}
}

func TestAdoptedConnectionsThatAreNeverAcceptedAreClosed(t *testing.T) {
	set := open(t)
	ours, theirs := net.Pipe()
	if err := set.Adopt(Parked{Conn: ours, Listener: "http"}); err != nil {
		t.Fatal(err)
	}
	_ = set.Close()
	if _, err := theirs.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("Read: %v", err)
	}
	if set.Conns() != 0 {
		t.Errorf("%d connections", set.Conns())
	}
}

func TestAdoptedInAFreezeIsPassedOn(t *testing.T) {
	set := open(t)
	shelf := newShelf(1)
	set.HandedOn()
	set.Freeze(shelf)
	for range 2 {
		ours, theirs := net.Pipe()
		defer func() { _ = ours.Close(); _ = theirs.Close() }()
		if err := set.Adopt(Parked{Conn: ours, Listener: "http", Head: []byte("GET")}); err != nil {
			t.Fatal(err)
		}
	}
	if p := shelf.take(t); string(p.Head) != "GET" {
		t.Errorf("parked with %q", p.Head)
	}
	if c, err := set.Listeners()[0].Accept(); err != nil || !c.(*Conn).Adopted() {
		t.Errorf("what there is no room for is not served: %v", err)
	}
}

// TestAdoptedAndNeverReadIsParkedAsItCame: what a process before had read is
// not lost when this one freezes before it has served the connection.
func TestAdoptedAndNeverReadIsParkedAsItCame(t *testing.T) {
	set := open(t)
	set.HandedOn()
	ours, theirs := net.Pipe()
	defer func() { _ = ours.Close(); _ = theirs.Close() }()
	if err := set.Adopt(Parked{Conn: ours, Listener: "http", Head: []byte("GET /"), Used: true, Tuned: true}); err != nil {
		t.Fatal(err)
	}
	shelf := newShelf(1)
	set.Freeze(shelf)
	s := serve(t, set, echo)
	if p := shelf.take(t); string(p.Head) != "GET /" || !p.Used || !p.Tuned {
		t.Errorf("parked as %+v", p)
	}
	<-s.set.Frozen()
}

func TestListenersOfTheProcessAloneAdoptNothing(t *testing.T) {
	set := open(t, Spec{Name: "https", Address: "127.0.0.1:0", TLS: true},
		Spec{Name: "control", Address: "127.0.0.1:0", Unparked: true})
	for _, name := range []string{"https", "control", "http"} {
		if err := set.Adopt(Parked{Listener: name}); err == nil {
			t.Errorf("%s adopts a connection", name)
		}
	}
}

func TestRetiredListenerServesItsQueueAndEnds(t *testing.T) {
	set := open(t)
	s := serve(t, set, echo)
	kept := dial(t, set)
	ask(t, kept, get())
	added, err := set.Open(Spec{Name: "admin", Address: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	waiting, err := net.Dial("tcp", added.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = waiting.Close() }()
	_ = waiting.SetDeadline(time.Now().Add(patience))
	ended := make(chan error, 1)
	go func() { ended <- s.server.Serve(added) }()
	added.Retire()
	added.Retire()
	if err := <-ended; !errors.Is(err, net.ErrClosed) {
		t.Errorf("Serve: %v", err)
	}
	if len(set.Listeners()) != 1 {
		t.Errorf("%d listeners", len(set.Listeners()))
	}
	for _, c := range []net.Conn{waiting, kept} {
		if answer, last := ask(t, c, get()); answer != "GET 0" || last {
			t.Errorf("answer %q, last %v", answer, last)
		}
	}
}

func TestControlSocketIsServedDuringAFreeze(t *testing.T) {
	set := open(t, Spec{Name: "control", Address: "127.0.0.1:0", Unparked: true})
	s := serve(t, set, echo)
	kept := dial(t, set)
	ask(t, kept, get())
	shelf := newShelf(1)
	s.set.Freeze(shelf)
	<-s.set.Frozen()
	for _, c := range []net.Conn{kept, dial(t, set)} {
		if answer, _ := ask(t, c, get()); answer != "GET 0" {
			t.Errorf("answer %q", answer)
		}
	}
	shelf.mustBeEmpty(t)
}
