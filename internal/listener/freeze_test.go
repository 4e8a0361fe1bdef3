package listener

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func ask(t *testing.T, c net.Conn, request string) (body string, last bool) {
	t.Helper()
	if _, err := io.WriteString(c, request); err != nil {
		t.Fatal(err)
	}
	return readResponse(t, bufio.NewReader(c))
}

// TestUnusedConnectionsAreParked: nothing was read from them, so the next
// process accepts them as new ones.
func TestUnusedConnectionsAreParked(t *testing.T) {
	s := serve(t, open(t), echo)
	client := dial(t, s.set)
	eventually(t, "it is accepted", func() bool { return s.set.Conns() == 1 })
	shelf := newShelf(1)
	s.freeze(t, shelf)
	p := shelf.take(t)
	if p.Used || len(p.Head) > 0 || p.Listener != "http" || time.Since(p.Accepted) > patience {
		t.Errorf("parked as %+v", p)
	}
	finish(t, p, client, bufio.NewReader(client), post("/", 11))
}

// TestHeaderSentByteByByteChangesServersOnItsWay parks the connection after
// each byte, at a new server every time.
func TestHeaderSentByteByByteChangesServersOnItsWay(t *testing.T) {
	request := "POST / HTTP/1.1\r\nHost: gind\r\nContent-Length: 5\r\n\r\nhello"
	header := strings.Index(request, "hello")
	set := open(t)
	reads := watchReads(set)
	s := serve(t, set, echo)
	client := dial(t, set)
	for i := range header - 1 {
		if _, err := io.WriteString(client, request[i:i+1]); err != nil {
			t.Fatal(err)
		}
		reads.await(t, i+1)
		shelf := newShelf(1)
		s.freeze(t, shelf)
		p := shelf.take(t)
		if string(p.Head) != request[:i+1] || p.Used {
			t.Fatalf("parked with %q, used %v; want %q", p.Head, p.Used, request[:i+1])
		}
		reads = new(readWatch)
		reads.bytes.Add(int64(i + 1))
		p.Conn = watchedConn{p.Conn.(watchedConn).Conn, reads}
		s = serve(t, open(t), echo)
		if err := s.set.Adopt(p); err != nil {
			t.Fatal(err)
		}
		reads.await(t, i+1)
	}
	if answer, _ := ask(t, client, request[header-1:]); answer != "POST 5" {
		t.Fatalf("answer %q", answer)
	}
}

// TestBytesOfTheBackgroundReadAreNotLost: while a handler runs, net/http reads
// one byte ahead.
func TestBytesOfTheBackgroundReadAreNotLost(t *testing.T) {
	next := post("/", 11)
	for _, early := range []int{1, 2, 3, 4, 20} {
		t.Run(fmt.Sprint(early), func(t *testing.T) {
			begun, finished := make(chan struct{}), make(chan struct{})
			set := open(t)
			reads := watchReads(set)
			s := serve(t, set, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodGet {
					close(begun)
					<-finished
				}
				echo(w, r)
			}))
			client := dial(t, set)
			answers := bufio.NewReader(client)
			if _, err := io.WriteString(client, get()); err != nil {
				t.Fatal(err)
			}
			<-begun
			if _, err := io.WriteString(client, next[:early]); err != nil {
				t.Fatal(err)
			}
			eventually(t, "a byte is read ahead", func() bool { return reads.bytes.Load() == int64(len(get())+1) })
			shelf := newShelf(1)
			s.set.Freeze(shelf)
			close(finished)
			if answer, last := readResponse(t, answers); answer != "GET 0" || last {
				t.Fatalf("answer %q, last %v", answer, last)
			}
			p := shelf.take(t)
			if string(p.Head) != next[:1] {
				t.Fatalf("parked with %q", p.Head)
			}
			finish(t, p, client, answers, next[early:])
		})
	}
}

func TestConnectionsThatCannotBeParkedAreToldToClose(t *testing.T) {
	release := make(chan struct{})
	var begun sync.WaitGroup
	begun.Add(3)
	s := serve(t, open(t), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun.Done()
		<-release
		echo(w, r)
	}))
	var last atomic.Int32
	var clients sync.WaitGroup
	for range 3 {
		c := dial(t, s.set)
		clients.Go(func() {
			if _, closes := ask(t, c, get()); closes {
				last.Add(1)
			}
		})
	}
	begun.Wait()
	shelf := newShelf(2)
	s.set.Freeze(shelf)
	close(release)
	clients.Wait()
	if last.Load() != 1 || s.set.Refused() != 1 {
		t.Errorf("%d of 3 were told to close, %d refused; there was room for 2", last.Load(), s.set.Refused())
	}
	shelf.take(t)
	shelf.take(t)
	<-s.set.Frozen()
}

// TestIdleConnectionsWithoutRoomAreServedOn: they have not been told to close.
func TestIdleConnectionsWithoutRoomAreServedOn(t *testing.T) {
	s := serve(t, open(t), echo)
	client := dial(t, s.set)
	ask(t, client, get())
	s.set.Freeze(nil)
	<-s.set.Frozen()
	if answer, last := ask(t, client, get()); answer != "GET 0" || !last {
		t.Errorf("answer %q, last %v", answer, last)
	}
}

func TestHijackedConnectionsAreLeftAlone(t *testing.T) {
	s := serve(t, open(t), http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		c, buffered, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		go func() {
			defer func() { _ = c.Close() }()
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
			_, _ = io.Copy(c, buffered)
		}()
	}))
	client := dial(t, s.set)
	ask(t, client, get())
	shelf := newShelf(1)
	c := onlyConn(s.set)
	s.set.Freeze(shelf)
	<-s.set.Frozen()
	if s.set.CanPark(c) {
		t.Error("it can be parked")
	}
	if _, err := io.WriteString(client, "ping"); err != nil {
		t.Fatal(err)
	}
	echoed := make([]byte, 4)
	if _, err := io.ReadFull(client, echoed); err != nil || string(echoed) != "ping" {
		t.Errorf("%q, error %v", echoed, err)
	}
	shelf.mustBeEmpty(t)
	if s.set.Conns() != 1 {
		t.Errorf("%d connections", s.set.Conns())
	}
	_ = client.Close()
	eventually(t, "it is forgotten", func() bool { return s.set.Conns() == 0 })
}

func TestTLSConnectionsAreTrackedAndNotParked(t *testing.T) {
	set := open(t, Spec{Name: "https", Address: "127.0.0.1:0", TLS: true})
	source := httptest.NewTLSServer(nil)
	defer source.Close()
	server := &http.Server{Handler: echo, ConnState: set.ConnState}
	go func() { _ = server.Serve(tls.NewListener(set.Listeners()[0], source.TLS)) }()
	defer func() { _ = server.Close() }()
	client := tls.Client(dial(t, set), &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // a test
	ask(t, client, get())
	c := onlyConn(set)
	if !set.CanPark(c) {
		t.Error("responses have to close before there is a freeze")
	}
	shelf := newShelf(1)
	set.Freeze(shelf)
	<-set.Frozen()
	if set.CanPark(c) || set.CanPark(tls.Server(c, nil)) || set.CanPark(dial(t, open(t))) {
		t.Error("what can't be parked can be")
	}
	ask(t, client, get())
	shelf.mustBeEmpty(t)
}

func TestHalfClosedConnectionGetsItsAnswer(t *testing.T) {
	begun, finish := make(chan struct{}), make(chan struct{})
	s := serve(t, open(t), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(begun)
		<-finish
		echo(w, r)
	}))
	client := dial(t, s.set)
	if _, err := io.WriteString(client, get()); err != nil {
		t.Fatal(err)
	}
	<-begun
	_ = client.(*net.TCPConn).CloseWrite()
	shelf := newShelf(1)
	s.set.Freeze(shelf)
	close(finish)
	answers := bufio.NewReader(client)
	if answer, _ := readResponse(t, answers); answer != "GET 0" {
		t.Errorf("answer %q", answer)
	}
	next := serve(t, open(t), echo)
	if err := next.set.Adopt(shelf.take(t)); err != nil {
		t.Fatal(err)
	}
	if _, err := answers.ReadByte(); !errors.Is(err, io.EOF) {
		t.Errorf("after the answer: %v", err)
	}
}

func TestOldHTTPWithoutKeepAliveIsClosedAsEver(t *testing.T) {
	s := serve(t, open(t), echo)
	client := dial(t, s.set)
	shelf := newShelf(1)
	if answer, last := ask(t, client, "GET / HTTP/1.0\r\n\r\n"); answer != "GET 0" || !last {
		t.Errorf("answer %q, last %v", answer, last)
	}
	s.freeze(t, shelf)
	shelf.mustBeEmpty(t)
}

// TestEmptyLineAfterAPostIsIgnoredByTheNextServer: old clients send one, and
// net/http skips it, but only on the connection that it served the POST on.
func TestEmptyLineAfterAPostIsIgnoredByTheNextServer(t *testing.T) {
	for name, early := range map[string]bool{"before parking": true, "after": false} {
		t.Run(name, func(t *testing.T) {
			set := open(t)
			reads := watchReads(set)
			s := serve(t, set, echo)
			client := dial(t, set)
			sent := post("/", 5)
			if early {
				sent += "\r\n"
			}
			ask(t, client, sent)
			reads.await(t, len(sent))
			shelf := newShelf(1)
			s.freeze(t, shelf)
			p := shelf.take(t)
			rest := post("/", 11)
			if !early {
				rest = "\r\n" + rest
			}
			finish(t, p, client, bufio.NewReader(client), rest)
		})
	}
}

func TestParkedConnectionIsSilent(t *testing.T) {
	server, client := net.Pipe()
	defer func() { _ = client.Close() }()
	set := New()
	c := set.track(&Conn{raw: server, listener: &Listener{set: set}})
	shelf := newShelf(1)
	set.Freeze(shelf)
	if _, err := c.Read(make([]byte, 4096)); !errors.Is(err, errParked) {
		t.Fatalf("Read: %v", err)
	}
	if _, err := c.Read(make([]byte, 10)); !errors.Is(err, errParked) {
		t.Errorf("second Read: %v", err)
	}
	if _, err := c.Write([]byte("400 Bad Request")); !errors.Is(err, errSilent) {
		t.Errorf("Write: %v", err)
	}
	if _, err := c.ReadFrom(strings.NewReader("x")); !errors.Is(err, errSilent) {
		t.Errorf("ReadFrom: %v", err)
	}
	if err := c.CloseWrite(); !errors.Is(err, errSilent) {
		t.Errorf("CloseWrite: %v", err)
	}
	if err := c.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	if err := c.Close(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("second Close: %v", err)
	}
	shelf.take(t)
	shelf.mustBeEmpty(t)
}
