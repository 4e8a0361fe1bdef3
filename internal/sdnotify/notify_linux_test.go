package sdnotify

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestEachMethodIsALineOfTheProtocol(t *testing.T) {
	m, n := newManager(t)
	tests := []struct {
		send func() error
		want string
	}{
		{func() error { return n.Ready("") }, "READY=1\n"},
		{func() error { return n.Ready("serving") }, "READY=1\nSTATUS=serving\n"},
		{func() error { return n.Status("12 requests/s") }, "STATUS=12 requests/s\n"},
		{func() error { return n.Status("") }, "STATUS=\n"},
		{func() error { return n.Stopping("draining") }, "STOPPING=1\nSTATUS=draining\n"},
		{func() error { return n.Extend(1500 * time.Millisecond) }, "EXTEND_TIMEOUT_USEC=1500000\n"},
		{func() error { return n.MainPID(4711) }, "MAINPID=4711\n"},
		{func() error { return n.Errno(syscall.EADDRINUSE) }, "ERRNO=98\n"},
		{n.Ping, "WATCHDOG=1\n"},
		{n.Trigger, "WATCHDOG=trigger\n"},
		{func() error { return n.RemoveFD("box") }, "FDSTOREREMOVE=1\nFDNAME=box\n"},
	}
	for _, tt := range tests {
		if err := tt.send(); err != nil {
			t.Errorf("%q: %v", tt.want, err)
			continue
		}
		if got, fds := m.receive(); got != tt.want || len(fds) != 0 {
			t.Errorf("sent %q with descriptors %v, want %q", got, fds, tt.want)
		}
	}
}

func TestReloadingCarriesTheMonotonicClock(t *testing.T) {
	m, n := newManager(t)
	before := monotonic(t)
	if err := n.Reloading("reading gind.yaml"); err != nil {
		t.Fatal(err)
	}
	after := monotonic(t)
	message, _ := m.receive()
	got := assignments(message)
	usec, err := strconv.ParseInt(got["MONOTONIC_USEC"], 10, 64)
	if err != nil || usec < before || usec > after {
		t.Errorf("MONOTONIC_USEC=%s, want %d to %d", got["MONOTONIC_USEC"], before, after)
	}
	if got["RELOADING"] != "1" || got["STATUS"] != "reading gind.yaml" || len(got) != 3 {
		t.Errorf("sent %q", message)
	}
}

func monotonic(t *testing.T) int64 {
	t.Helper()
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
		t.Fatal(err)
	}
	return now.Nano() / 1000
}

func TestStatusCannotSmuggleAssignments(t *testing.T) {
	m, n := newManager(t)
	if err := n.Ready("fine\nMAINPID=1\r\nbad \xff utf-8\x00"); err != nil {
		t.Fatal(err)
	}
	want := "READY=1\nSTATUS=fine MAINPID=1  bad \uFFFD utf-8\n"
	if got, _ := m.receive(); got != want {
		t.Errorf("sent %q, want %q", got, want)
	}
}

func TestAbstractSocket(t *testing.T) {
	m, n := newManagerAt(t, "@gind-sdnotify-test-"+strconv.Itoa(os.Getpid()))
	if err := n.Ready(""); err != nil {
		t.Fatal(err)
	}
	if got, _ := m.receive(); got != "READY=1\n" {
		t.Errorf("sent %q", got)
	}
}

func TestUnusableAddressIsAnErrorAndDisables(t *testing.T) {
	for address, text := range map[string]string{
		"vsock:2:1234":                  "AF_VSOCK is not supported",
		"vsock-stream:2:1234":           "AF_VSOCK is not supported",
		"notify":                        "neither an absolute path",
		"@":                             "neither an absolute path",
		"/" + strings.Repeat("x", 1000): "the most is 107",
	} {
		t.Setenv("NOTIFY_SOCKET", address)
		n, err := New()
		if err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%.20s: %v, want %q", address, err, text)
		}
		if n.Enabled() {
			t.Errorf("%.20s: enabled", address)
		}
		if err := n.Ready(""); err != nil {
			t.Errorf("%.20s: a disabled Notifier: %v", address, err)
		}
	}
}

func TestManagerThatIsGoneIsAnError(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", filepath.Join(t.TempDir(), "none"))
	n, err := New()
	if err != nil {
		t.Fatal(err)
	}
	err = n.Ready("")
	if !errors.Is(err, syscall.ENOENT) || !strings.HasPrefix(err.Error(), "sdnotify: READY=1: ") {
		t.Errorf("Ready: %v", err)
	}
}

func TestManagerThatCameBackIsFoundAgain(t *testing.T) {
	m, n := newManager(t)
	if err := n.Ready(""); err != nil {
		t.Fatal(err)
	}
	address := m.conn.LocalAddr().(*net.UnixAddr).Name
	if err := m.conn.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(address); err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	m.conn = listen(t, address)
	if err := n.Ping(); err != nil {
		t.Fatal(err)
	}
	if got, _ := m.receive(); got != "WATCHDOG=1\n" {
		t.Errorf("sent %q", got)
	}
}

func TestFullQueueDoesNotBlockForLong(t *testing.T) {
	m, n := newManager(t)
	begin := time.Now()
	var err error
	for range 100_000 {
		if err = n.Ping(); err != nil {
			break
		}
	}
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("nobody reads, yet Ping: %v", err)
	}
	if took := time.Since(begin); took > 2*sendTimeout {
		t.Errorf("blocked for %v", took)
	}

	sent := make(chan error, 1)
	go func() { sent <- n.Ready("") }()
	for {
		if message, _ := m.receive(); message == "READY=1\n" {
			break
		}
	}
	if err := <-sent; err != nil {
		t.Errorf("with room again: %v", err)
	}
}

func TestPingWorksWithoutFreeDescriptors(t *testing.T) {
	m, n := newManager(t)
	if err := n.Ready(""); err != nil {
		t.Fatal(err)
	}
	m.receive()

	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 0, Max: limit.Max}); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Setrlimit(unix.RLIMIT_NOFILE, &limit) }()
	if f, err := os.Open("/dev/null"); err == nil {
		_ = f.Close()
		t.Fatal("the test did not use the descriptors up")
	}
	if err := n.Ping(); err != nil {
		t.Errorf("Ping: %v", err)
	}
}

func TestNotifierIsSafeForConcurrentUse(t *testing.T) {
	m, n := newManager(t)
	const senders, each = 8, 50
	var wg sync.WaitGroup
	for range senders {
		wg.Go(func() {
			for range each {
				if err := n.Ping(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range senders * each {
		if got, _ := m.receive(); got != "WATCHDOG=1\n" {
			t.Fatalf("sent %q", got)
		}
	}
	wg.Wait()
}

func TestMainPIDRefusesWhatIsNoProcess(t *testing.T) {
	m, n := newManager(t)
	for _, pid := range []int{0, -1} {
		if err := n.MainPID(pid); err == nil {
			t.Errorf("MainPID(%d) was sent", pid)
		}
	}
	m.quiet(20 * time.Millisecond)
}
