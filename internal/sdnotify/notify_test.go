package sdnotify

import (
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestEverythingIsSilentOutsideSystemd(t *testing.T) {
	for _, name := range []string{"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_PID", "LISTEN_FDS", "FDSTORE"} {
		t.Setenv(name, "")
	}
	fresh, err := New()
	if err != nil {
		t.Fatal(err)
	}
	for name, n := range map[string]*Notifier{"New": fresh, "zero": {}, "nil": nil} {
		if n.Enabled() {
			t.Errorf("%s: enabled", name)
		}
		calls := []func() error{
			func() error { return n.Ready("x") },
			func() error { return n.Status("x") },
			func() error { return n.Reloading("x") },
			func() error { return n.Stopping("x") },
			func() error { return n.Extend(time.Second) },
			func() error { return n.MainPID(os.Getpid()) },
			func() error { return n.Errno(1) },
			n.Ping, n.Trigger,
			func() error { return n.StoreFD("box", os.Stderr) },
			func() error { return n.RemoveFD("box") },
			func() error { return n.Barrier(time.Hour) },
			func() error { return n.ExtendWhile(time.Hour, func() error { return nil }) },
			n.Close,
		}
		for i, call := range calls {
			if err := call(); err != nil {
				t.Errorf("%s: call %d: %v", name, i, err)
			}
		}
	}
	if interval, on := WatchdogInterval(); on {
		t.Errorf("a watchdog of %v", interval)
	}
	if files, err := Inherited(); len(files) != 0 || err != nil {
		t.Errorf("inherited %v, %v", files, err)
	}
	if limit, known := FDStoreMax(); known {
		t.Errorf("a store of %d", limit)
	}
}

func TestStatusIsCutAtACharacter(t *testing.T) {
	for _, text := range []string{strings.Repeat("ä", maxStatus), "x" + strings.Repeat("ä", maxStatus), strings.Repeat("x", maxStatus+1)} {
		got := oneLine(text)
		if len(got) > maxStatus || len(got) < maxStatus-4 || !utf8.ValidString(got) || !strings.HasSuffix(got, "…") {
			t.Errorf("%d bytes, %q at the end", len(got), got[len(got)-8:])
		}
	}
	if whole := strings.Repeat("x", maxStatus); oneLine(whole) != whole {
		t.Error("text that fits is cut")
	}
}

func FuzzStatusIsAlwaysOneLine(f *testing.F) {
	f.Add("a\nb")
	f.Add("\u2028\u0085\x1b[31m")
	f.Add(strings.Repeat("\xf0\x9f", 1000))
	f.Fuzz(func(t *testing.T, text string) {
		got := oneLine(text)
		if strings.ContainsAny(got, "\n\r\x00\u2028") || !utf8.ValidString(got) || len(got) > maxStatus {
			t.Errorf("%q became %q", text, got)
		}
	})
}
