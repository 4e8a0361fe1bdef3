package handoff

import (
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gind/gind/internal/listener"
)

func TestRestartKeepsIdleConnections(t *testing.T) {
	var store fdStore
	first := serve(t, open(t, "http"), say("first"))
	used, fresh := dial(t, first.set), dial(t, first.set)
	mustGet(t, used, "first")
	eventually(t, "both are accepted", func() bool { return first.set.Conns() == 2 })
	if outcome := first.restart(t, &store); outcome != (Outcome{Parked: 2}) {
		t.Fatalf("%+v", outcome)
	}
	second := serve(t, open(t, "http"), say("second"))
	mustAdopt(t, second.set, store.take(BoxName), Adoption{Adopted: 2})
	mustGet(t, used, "second")
	mustGet(t, fresh, "second")
	mustGet(t, used, "second")
}

func TestRestartFinishesTheRequestInFlight(t *testing.T) {
	var store fdStore
	begun, finish := make(chan struct{}), make(chan struct{})
	first := serve(t, open(t, "http"), http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(begun)
		<-finish
		w.WriteHeader(http.StatusOK)
		_, _ = io.WriteString(w, "first")
	}))
	client := dial(t, first.set)
	answer := make(chan error, 1)
	go func() {
		_, err := get(client)
		answer <- err
	}()
	<-begun
	time.AfterFunc(20*time.Millisecond, func() { close(finish) })
	if outcome := first.restart(t, &store); outcome != (Outcome{Parked: 1}) {
		t.Fatalf("%+v", outcome)
	}
	if err := <-answer; err != nil {
		t.Fatal(err)
	}
	second := serve(t, open(t, "http"), say("second"))
	mustAdopt(t, second.set, store.take(BoxName), Adoption{Adopted: 1})
	mustGet(t, client, "second")
}

func TestConnectionsThatEndedWhileParkedAreCounted(t *testing.T) {
	var store fdStore
	first := serve(t, open(t, "http"), say("first"))
	reset, finished, alive := dial(t, first.set), dial(t, first.set), dial(t, first.set)
	for _, c := range []net.Conn{reset, finished, alive} {
		mustGet(t, c, "first")
	}
	first.restart(t, &store)
	_ = reset.(*net.TCPConn).SetLinger(0)
	_ = reset.Close()
	_ = finished.Close()
	second := serve(t, open(t, "http"), say("second"))
	time.Sleep(10 * time.Millisecond) // for loopback to deliver the reset
	mustAdopt(t, second.set, store.take(BoxName), Adoption{Adopted: 2, Gone: 1})
	mustGet(t, alive, "second")
	eventually(t, "the finished one is closed", func() bool { return second.set.Conns() == 1 })
}

func TestConnectionsWithoutTheirListenerAreClosed(t *testing.T) {
	var store fdStore
	first := serve(t, open(t, "admin"), say("first"))
	client := dial(t, first.set)
	mustGet(t, client, "first")
	first.restart(t, &store)
	second := serve(t, open(t, "http"), say("second"))
	got, err := Adopt(second.set, store.take(BoxName))
	if got != (Adoption{Refused: 1}) || err == nil || !strings.Contains(err.Error(), `no listener "admin"`) {
		t.Fatalf("%+v, error %v", got, err)
	}
	if _, err := client.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("the client sees %v", err)
	}
}

func TestSocketOptionsSurvive(t *testing.T) {
	want := []option{
		{unix.IPPROTO_TCP, unix.TCP_NODELAY, 0},
		{unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1},
		{unix.IPPROTO_TCP, unix.TCP_KEEPIDLE, 77},
		{unix.IPPROTO_TCP, unix.TCP_KEEPINTVL, 7},
		{unix.IPPROTO_TCP, unix.TCP_KEEPCNT, 3},
	}
	withDescriptor := func(use func(fd int)) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			raw, err := r.Context().Value(connKey{}).(*listener.Conn).SyscallConn()
			if err != nil {
				t.Error(err)
				return
			}
			_ = raw.Control(func(fd uintptr) { use(int(fd)) })
			w.WriteHeader(http.StatusOK)
		})
	}
	var store fdStore
	first := serve(t, open(t, "http"), withDescriptor(func(fd int) {
		for _, o := range want {
			o.set(fd)
		}
	}))
	client := dial(t, first.set)
	mustGet(t, client, "")
	first.restart(t, &store)
	second := serve(t, open(t, "http"), withDescriptor(func(fd int) {
		if got := options(fd); !slices.Equal(got, want) {
			t.Errorf("options %v, want %v", got, want)
		}
	}))
	mustAdopt(t, second.set, store.take(BoxName), Adoption{Adopted: 1})
	mustGet(t, client, "")
}

func TestUnknownFormatIsRefusedAndItsConnectionsClosed(t *testing.T) {
	var store fdStore
	box, err := NewBox(store.store)
	if err != nil {
		t.Fatal(err)
	}
	client, ours := pair(t)
	future := frame(kindConns, 1, []byte("unknown to this release"))
	future[4] = 9
	sendConn(t, box, future, ours)
	known, oursToo := pair(t)
	payload, _ := encodeConns([]listener.Parked{{Listener: "http"}}, batchPayload)
	sendConn(t, box, frame(kindConns, 1, payload), oursToo)
	_ = box.Close()

	s := serve(t, open(t, "http"), say("served"))
	got, err := Adopt(s.set, store.take(BoxName))
	if got != (Adoption{Adopted: 1, Refused: 1}) || err == nil || !strings.Contains(err.Error(), "format 9; this release knows 1") {
		t.Fatalf("%+v, error %v", got, err)
	}
	if _, err := client.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("the client sees %v", err)
	}
	mustGet(t, known, "served")
}

// pair is the two ends of a TCP connection.
func pair(t *testing.T) (client, server net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	client, err = net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	_ = client.SetDeadline(time.Now().Add(patience))
	t.Cleanup(func() { _ = client.Close() })
	server, err = l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	return client, server
}

func sendConn(t *testing.T, box *Box, frame []byte, c net.Conn) {
	t.Helper()
	fd, err := descriptor(c)
	if err != nil {
		t.Fatal(err)
	}
	if err := box.send(frame, []int{fd}); err != nil {
		t.Fatal(err)
	}
	_ = c.Close()
}

func TestDamagedBoxesLeaveNoDescriptors(t *testing.T) {
	payload, _ := encodeConns([]listener.Parked{{Listener: "http"}}, batchPayload)
	good := frame(kindConns, 1, payload)
	wrongKind, tooMany := frame(kindReady, 1, payload), frame(kindConns, 0, nil)
	cases := map[string][]byte{
		"garbage":          []byte("GET / HTTP/1.1\r\n"),
		"cut in header":    good[:5],
		"cut in payload":   good[:len(good)-1],
		"wrong kind":       wrongKind,
		"more descriptors": tooMany,
		"malformed":        frame(kindConns, 1, payload[1:]),
	}
	s := serve(t, open(t, "http"), say(""))
	before := openFiles(t)
	for name, sent := range cases {
		t.Run(name, func(t *testing.T) {
			var store fdStore
			box, err := NewBox(store.store)
			if err != nil {
				t.Fatal(err)
			}
			client, ours := pair(t)
			sendConn(t, box, sent, ours)
			_ = box.Close()
			got, err := Adopt(s.set, store.take(BoxName))
			if err == nil || got != (Adoption{Refused: 1}) {
				t.Errorf("%+v, error %v", got, err)
			}
			_, err = client.Read(make([]byte, 1))
			if !errors.Is(err, io.EOF) && !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("the client sees %v", err)
			}
			_ = client.Close()
		})
	}
	eventually(t, "all descriptors are closed", func() bool { return openFiles(t) <= before })
}

func TestWhatIsNoBoxIsRefused(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = w.Close() }()
	tcp, _ := pair(t)
	f, err := tcp.(*net.TCPConn).File()
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []*os.File{r, f} {
		if _, err := Adopt(open(t, "http"), []*os.File{file}); err == nil {
			t.Errorf("%s is taken for a box", file.Name())
		}
	}
}

// TestStoreThatDoesNotKeepTheBoxIsNoticed is about FileDescriptorStoreMax=0,
// with which the service manager closes what it is sent, without a word.
func TestStoreThatDoesNotKeepTheBoxIsNoticed(t *testing.T) {
	_, err := NewBox(func(string, *os.File) error { return nil })
	if err == nil || !strings.Contains(err.Error(), "FileDescriptorStoreMax=") {
		t.Errorf("error %v", err)
	}
	broken := errors.New("no notify socket")
	if _, err := NewBox(func(string, *os.File) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("error %v, want %v", err, broken)
	}
}

func TestBoxGrowsWhenItsQueueIsFull(t *testing.T) {
	var store fdStore
	box, err := NewBox(store.store)
	if err != nil {
		t.Fatal(err)
	}
	if err := box.shrink(32 << 10); err != nil {
		t.Fatal(err)
	}
	first := serve(t, open(t, "http"), say("first"))
	clients := make([]net.Conn, 300)
	for i := range clients {
		clients[i] = dial(t, first.set)
		// An unfinished header makes its message large.
		if _, err := io.WriteString(clients[i], "GET / HTTP/1.1\r\nHost: gind\r\nX: "+strings.Repeat("x", 500)); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "all are accepted", func() bool { return first.set.Conns() == len(clients) })
	if outcome := first.park(t, box); outcome.Parked != len(clients) {
		t.Fatalf("%+v", outcome)
	}
	_ = box.Close()
	boxes := store.take(BoxName)
	if len(boxes) < 2 {
		t.Fatalf("%d sockets in the store", len(boxes))
	}
	second := serve(t, open(t, "http"), say("second"))
	mustAdopt(t, second.set, boxes, Adoption{Adopted: len(clients)})
	for _, c := range clients {
		if _, err := io.WriteString(c, "\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
	}
	var wait sync.WaitGroup
	for _, c := range clients {
		wait.Go(func() {
			if b, err := io.ReadAll(io.LimitReader(c, 15)); err != nil || string(b) != "HTTP/1.1 200 OK" {
				t.Errorf("%q, error %v", b, err)
			}
		})
	}
	wait.Wait()
}

func TestWithoutRoomTheLastResponseSaysClose(t *testing.T) {
	s := serve(t, open(t, "http"), say("last"))
	client := dial(t, s.set)
	mustGet(t, client, "last")
	p, err := park(s.set, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := get(client); err == nil || err.Error() != "the connection is to be closed" {
		t.Fatalf("error %v", err)
	}
	if outcome, err := p.Close(); outcome != (Outcome{Refused: 1}) || err != nil {
		t.Errorf("%+v, error %v", outcome, err)
	}
}

func TestOwnListeningSocketsSurviveInTheStore(t *testing.T) {
	var store fdStore
	first := serve(t, open(t, "http"), say("first"))
	sockets, err := first.set.Store(store.store)
	if err != nil {
		t.Fatal(err)
	}
	sockets.Kept()
	address := first.set.Listeners()[0].Addr().String()
	first.restart(t, &store)
	waiting, err := net.Dial("tcp", address) // stays in the queue: nobody accepts
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = waiting.Close() }()
	serve(t, open(t, "http", store.inherited(listener.StoredPrefix+"http")...), say("second"))
	mustGet(t, waiting, "second")
}
