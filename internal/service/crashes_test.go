package service

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gind/gind/internal/service/orders"
)

// TestNothingStandsInTheWayOfTheAccessLog: its records go to the journal in pieces,
// without the cost of a slog.Record.
func TestNothingStandsInTheWayOfTheAccessLog(t *testing.T) {
	s := newSite(t, nil)
	s.write("server: {}\n")
	a, err := s.assemble()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.Discard() }()
	if _, ok := a.log.Handler().(interface {
		HandleAttrs(time.Time, slog.Level, string, uintptr, []slog.Attr) error
	}); !ok {
		t.Errorf("%T does not take records in pieces", a.log.Handler())
	}
}

// TestCrashOfTheProcessBeforeIsTold: the status and the metrics know of it as well.
func TestCrashOfTheProcessBeforeIsTold(t *testing.T) {
	state := t.TempDir()
	t.Setenv("STATE_DIRECTORY", state)
	crashes := filepath.Join(state, "crashes")
	if err := os.Mkdir(crashes, 0o750); err != nil {
		t.Fatal(err)
	}
	left := "gind-crash: 1\nservice: probe\nversion: 1\npid: 41\n\npanic: no\n\ngoroutine 1 [running]:\nmain.work()\n\t/src/shop/main.go:3 +0x1\n"
	if err := os.WriteFile(filepath.Join(crashes, "running-1.txt"), []byte(left), 0o600); err != nil {
		t.Fatal(err)
	}
	s := newSite(t, nil)
	s.write("listeners: {http: {address: %q}}\n", freeAddress(t))
	a, stop := s.start()
	if status := orders.Describe(a.Status()); !strings.Contains(status, "crashes    1, the last on ") || !strings.Contains(status, "panic: no, at shop/main.go:3 main.work") {
		t.Errorf("status:\n%s", status)
	}
	if seen := a.watchdog.Seen(); seen == nil || seen.Total != 1 {
		t.Errorf("%+v in the metrics", seen)
	}
	stop()
	entries, err := os.ReadDir(crashes)
	if err != nil || len(entries) != 2 {
		t.Errorf("a good end leaves %v, %v", entries, err)
	}
}
