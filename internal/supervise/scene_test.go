//go:build linux || windows

package supervise

import (
	"context"
	"crypto/rand"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// logged is a handler that keeps what it is given, with the attributes that
// tell where it comes from.
type logged struct {
	t     *testing.T
	from  []slog.Attr
	mu    *sync.Mutex
	lines *[]string // LEVEL program/stream: message
	delay time.Duration
}

func newLogged(t *testing.T) *logged {
	return &logged{t: t, mu: &sync.Mutex{}, lines: &[]string{}}
}

func (l *logged) Enabled(context.Context, slog.Level) bool { return true }
func (l *logged) WithGroup(string) slog.Handler            { return l }

func (l *logged) WithAttrs(attrs []slog.Attr) slog.Handler {
	copied := *l
	copied.from = append(l.from[:len(l.from):len(l.from)], attrs...)
	return &copied
}

func (l *logged) Handle(_ context.Context, r slog.Record) error {
	time.Sleep(l.delay)
	stream := ""
	for _, a := range l.from {
		if a.Key == "stream" {
			stream = a.Value.String() + ": "
		}
	}
	line := r.Level.String() + " " + stream + r.Message
	r.Attrs(func(a slog.Attr) bool { line += " " + a.String(); return true })
	l.mu.Lock()
	defer l.mu.Unlock()
	*l.lines = append(*l.lines, line)
	return nil
}

func (l *logged) all() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]string(nil), *l.lines...)
}

// has counts the lines that begin and go on like that.
func (l *logged) has(begin, contains string) (n int) {
	for _, line := range l.all() {
		if strings.HasPrefix(line, begin) && strings.Contains(line, contains) {
			n++
		}
	}
	return n
}

// scene is a supervisor with real programs.
type scene struct {
	*Supervisor
	log    *logged
	mark   string
	stop   context.CancelFunc
	status chan int
}

// play supervises the roles, which are named by the environment of each spec.
func play(t *testing.T, o Options, log *logged, specs ...Spec) *scene {
	t.Helper()
	mark := rand.Text()
	for i := range specs {
		if specs[i].Command == nil {
			specs[i].Command = []string{os.Args[0]}
		}
		specs[i].Environment = append(specs[i].Environment, "TEST_MARK="+mark)
	}
	o.Log = slog.New(log)
	s, err := New(o, specs...)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	v := &scene{s, log, mark, stop, make(chan int, 1)}
	go func() { v.status <- s.Run(ctx) }()
	t.Cleanup(func() {
		v.finish(t)
		if t.Failed() {
			for _, line := range log.all() {
				t.Log(line)
			}
		}
	})
	return v
}

// finish stops everything and sees that nothing is left.
func (v *scene) finish(t *testing.T) (status int) {
	t.Helper()
	v.stop()
	select {
	case status = <-v.status:
		v.status <- status
	case <-time.After(15 * time.Second):
		t.Fatalf("the supervisor does not stop: %+v", v.Status())
	}
	if left := marked(v.mark); len(left) > 0 {
		t.Errorf("processes %v were left behind", left)
	}
	return status
}

// until waits for something to become true.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for begin := time.Now(); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Since(begin) > 10*time.Second {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

func (v *scene) untilRunning(t *testing.T) {
	t.Helper()
	until(t, "the program runs", func() bool { return v.Status()[0].State == Running })
}

var quick = Backoff{First: time.Millisecond, Min: time.Millisecond, Max: 5 * time.Millisecond}
