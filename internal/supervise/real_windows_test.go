package supervise

import (
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestWhatOtherSystemsHaveIsRefusedByItsKey(t *testing.T) {
	_, err := New(Options{}, Spec{
		Name: "a", Command: []string{"a"}, User: "me", Group: "us", Umask: "0027", Limits: Limits{NoFile: "5"},
		Sockets: map[string]Socket{"http": {Address: ":80"}}, Start: Start{Notify: true}, Watchdog: time.Second,
	})
	for _, key := range []string{"user", "group", "umask", "limits.nofile", "sockets", "start.notify", "watchdog"} {
		if err == nil || !strings.Contains(err.Error(), `program "a": `+key+": ") {
			t.Errorf("%s is not refused: %v", key, err)
		}
	}
}

func TestNothingOfAProgramIsLeftBehind(t *testing.T) {
	v := play(t, Options{}, newLogged(t), Spec{
		Name: "family", Environment: []string{"TEST_ROLE=family"}, Stop: Stop{Grace: 100 * time.Millisecond}, Backoff: quick,
	})
	up := func(times int) func() bool {
		return func() bool { return v.log.has("INFO stdout: descendant", "") == 2*times && len(marked(v.mark)) == 3 }
	}
	until(t, "the descendants run", up(1))
	before := marked(v.mark)
	v.Signal(os.Kill) // its descendants go with it, before it is started again
	until(t, "the restart", up(2))
	for _, pid := range before {
		if slices.Contains(marked(v.mark), pid) {
			t.Errorf("process %s outlived its program", pid)
		}
	}
	v.finish(t)
	if v.log.has("WARN the program did not stop in time and is killed", "grace=100ms") != 1 {
		t.Error("it was not given its grace")
	}
}

func TestOrdersAreObeyed(t *testing.T) {
	v := play(t, Options{}, newLogged(t), Spec{
		Name: "family", Environment: []string{"TEST_ROLE=family"},
		Start: Start{Settle: 10 * time.Millisecond}, Stop: Stop{Grace: 100 * time.Millisecond},
	}, Spec{
		Name: "other", Environment: []string{"TEST_ROLE=polite"}, Stop: Stop{Grace: 100 * time.Millisecond},
	})
	v.untilRunning(t)
	first := v.Status()[0].PID
	if err := v.Replace(t.Context(), "family"); err != nil {
		t.Fatal(err)
	}
	second := v.Status()[0]
	if second.PID == first || second.State != Running || second.Restarts != 0 {
		t.Errorf("replaced: %+v", second)
	}
	until(t, "the old one has ended", func() bool { return len(marked(v.mark)) == 3+1 })
	if err := v.Halt(t.Context(), "family"); err != nil {
		t.Fatal(err)
	}
	if s := v.Status()[0]; s.State != Stopped || len(marked(v.mark)) != 1 {
		t.Errorf("stopped: %+v, and %v run", s, marked(v.mark))
	}
	if err := v.Resume("family"); err != nil {
		t.Fatal(err)
	}
	v.untilRunning(t)
}

func TestAHungProgramIsRestarted(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	v := play(t, Options{}, newLogged(t), Spec{
		Name: "web", Environment: []string{"TEST_ROLE=web", "TEST_ADDRESS=" + address}, Backoff: quick,
		Probe: Probe{HTTP: "http://" + address + "/healthz", Interval: 100 * time.Millisecond, Timeout: 500 * time.Millisecond, Failures: 2},
		Stop:  Stop{Grace: 100 * time.Millisecond},
	})
	v.untilRunning(t)
	response, err := http.Get("http://" + address + "/hang")
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	until(t, "the restart", func() bool { s := v.Status()[0]; return s.Restarts == 1 && s.State == Running })
	if got := v.Status()[0].LastExit; !strings.HasPrefix(got, "its probe failed: no answer within 500ms") {
		t.Error(got)
	}
}

func TestACommandProbes(t *testing.T) {
	file := filepath.Join(t.TempDir(), "healthy")
	// A probe has the environment of the program; the role of each is its argument.
	v := play(t, Options{}, newLogged(t), Spec{
		Name: "polite", Environment: []string{"TEST_FILE=" + file}, Backoff: quick,
		Command: []string{os.Args[0], "polite"},
		Probe:   Probe{Command: []string{os.Args[0], "look"}, Interval: 100 * time.Millisecond, Failures: 1},
		Stop:    Stop{Grace: 100 * time.Millisecond},
	})
	time.Sleep(200 * time.Millisecond)
	if s := v.Status()[0]; s.State != Starting {
		t.Errorf("%+v", s)
	}
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	v.untilRunning(t)
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	until(t, "the restart", func() bool { return v.Status()[0].Restarts > 0 })
	if got := v.Status()[0].LastExit; !strings.Contains(got, "its probe failed: ") || !strings.Contains(got, "exit status 2") {
		t.Error(got)
	}
}
