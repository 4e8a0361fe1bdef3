package sdnotify

import (
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestStoreFDPassesTheFileAndLeavesItAlone(t *testing.T) {
	m, n := newManager(t)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := n.StoreFD("box", r); err != nil {
		t.Fatal(err)
	}
	message, fds := m.receive()
	if message != "FDSTORE=1\nFDPOLL=0\nFDNAME=box\n" || len(fds) != 1 {
		t.Fatalf("sent %q with %d descriptors", message, len(fds))
	}
	if _, err := w.WriteString("parked"); err != nil {
		t.Fatal(err)
	}
	_ = w.Close()
	stored := os.NewFile(uintptr(fds[0]), "stored")
	defer stored.Close()
	if got, err := io.ReadAll(stored); string(got) != "parked" || err != nil {
		t.Errorf("the stored descriptor reads %q, %v", got, err)
	}
	if err := r.SetReadDeadline(time.Now()); err != nil {
		t.Errorf("the file is no longer non-blocking: %v", err)
	}
}

func TestStoreFDRefusesNamesThatSystemdIgnores(t *testing.T) {
	m, n := newManager(t)
	for _, name := range []string{"", "a:b", "a\nFDSTOREREMOVE=1", "böx", strings.Repeat("x", 256)} {
		if err := n.StoreFD(name, os.Stderr); err == nil {
			t.Errorf("StoreFD(%q) was sent", name)
		}
		if err := n.RemoveFD(name); err == nil {
			t.Errorf("RemoveFD(%q) was sent", name)
		}
	}
	closed, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	_, _ = closed.Close(), w.Close()
	if err := n.StoreFD("box", closed); err == nil || !strings.Contains(err.Error(), "closed") {
		t.Errorf("StoreFD of a closed file: %v", err)
	}
	m.quiet(20 * time.Millisecond)
}

func TestBarrierWaitsUntilTheManagerHasCaughtUp(t *testing.T) {
	m, n := newManager(t)
	if err := n.Stopping(""); err != nil {
		t.Fatal(err)
	}
	passed := make(chan error, 1)
	go func() { passed <- n.Barrier(10 * time.Second) }()

	if got, _ := m.receive(); got != "STOPPING=1\n" {
		t.Fatalf("first %q", got)
	}
	message, fds := m.receive()
	if message != "BARRIER=1\n" || len(fds) != 1 {
		t.Fatalf("then %q with %d descriptors, want BARRIER=1 alone with one", message, len(fds))
	}
	select {
	case err := <-passed:
		t.Fatalf("the barrier fell before the manager closed it: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	if err := unix.Close(fds[0]); err != nil {
		t.Fatal(err)
	}
	if err := <-passed; err != nil {
		t.Errorf("Barrier: %v", err)
	}
}

func TestBarrierGivesUp(t *testing.T) {
	_, n := newManager(t)
	begin := time.Now()
	err := n.Barrier(50 * time.Millisecond)
	if !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(begin) > 5*time.Second {
		t.Errorf("after %v: %v", time.Since(begin), err)
	}
}

func TestFDStoreMaxIsReadStrictly(t *testing.T) {
	for value, want := range map[string]int{"0": 0, "512": 512} {
		t.Setenv("FDSTORE", value)
		if limit, known := FDStoreMax(); limit != want || !known {
			t.Errorf("%q: %d, %v", value, limit, known)
		}
	}
	for _, value := range []string{"-1", "many", ""} {
		t.Setenv("FDSTORE", value)
		if limit, known := FDStoreMax(); known {
			t.Errorf("%q: %d is known", value, limit)
		}
	}
}
