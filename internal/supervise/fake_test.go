package supervise

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gind/gind/internal/supervise/notify"
	"github.com/gind/gind/internal/supervise/output"
	"github.com/gind/gind/internal/supervise/process"
)

// stage is a world without processes: programs "run" on it on the fake clock
// of a bubble, and end when the test says so, or as the script says.
type stage struct {
	t       *testing.T
	script  func(*actor) // plays each process, in a goroutine
	refuse  error        // why nothing can be started
	alone   bool         // nobody could resume a program
	healthy func(c child) error

	mu     sync.Mutex
	actors []*actor
	alerts []Alert
}

// actor is a process of the stage.
type actor struct {
	pid     int
	began   time.Time
	tell    func(notify.Message)
	done    chan struct{}
	exit    process.Exit
	signals chan os.Signal
	once    sync.Once
}

func (a *actor) PID() int              { return a.pid }
func (a *actor) Done() <-chan struct{} { return a.done }
func (a *actor) Exit() process.Exit    { return a.exit }
func (a *actor) Memory() uint64        { return 1 << 20 }
func (a *actor) Members() []int        { return []int{a.pid} }

func (a *actor) KillAll() error {
	a.end(process.Exit{Signal: int(syscall.SIGKILL)})
	return nil
}

func (a *actor) Signal(sig os.Signal) error {
	select {
	case <-a.done:
		return os.ErrProcessDone
	default:
	}
	if sig == os.Kill {
		return a.KillAll()
	}
	a.signals <- sig
	return nil
}

// end ends the process; the first end counts.
func (a *actor) end(exit process.Exit) {
	a.once.Do(func() {
		a.exit = exit
		close(a.done)
	})
}

func (a *actor) running() bool {
	select {
	case <-a.done:
		return false
	default:
		return true
	}
}

func (s *stage) launch(l listener, _ *plan, _ []process.Socket) (*launched, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refuse != nil {
		return nil, s.refuse
	}
	a := &actor{
		pid: 1000 + len(s.actors), began: time.Now(), tell: l.told,
		done: make(chan struct{}), signals: make(chan os.Signal, 10),
	}
	s.actors = append(s.actors, a)
	go s.script(a)
	printed := make(chan struct{})
	close(printed)
	return &launched{child: a, printed: printed, counts: func() output.Stats { return output.Stats{} }, close: func() {}}, nil
}

func (s *stage) probe(_ context.Context, _ *plan, c child, _ *beside) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.healthy(c)
}

// turn changes what the stage does from now on.
func (s *stage) turn(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

// cast is the processes that have run.
func (s *stage) cast() []*actor {
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.actors
}

// latest is the last process that was started.
func (s *stage) latest() *actor {
	all := s.cast()
	return all[len(all)-1]
}

func (s *stage) alerted() []Alert {
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.alerts
}

// obedient runs until it is told to stop.
func obedient(a *actor) {
	select {
	case sig := <-a.signals:
		a.end(signalled(sig))
	case <-a.done:
	}
}

// live runs for so long, if it is not killed before, and ends like that.
func (a *actor) live(d time.Duration, exit process.Exit) {
	select {
	case <-time.After(d):
		a.end(exit)
	case <-a.done:
	}
}

// crashing ends at once.
func crashing(a *actor) { a.end(process.Exit{Code: 1}) }

// supervised is a supervisor that runs on a stage.
type supervised struct {
	*Supervisor
	*stage
	stop   context.CancelFunc
	status chan int // of Run
}

// supervise starts the programs on the stage.
func (s *stage) supervise(specs ...Spec) *supervised {
	s.t.Helper()
	for i := range specs {
		if len(specs[i].Command) == 0 {
			specs[i].Command = []string{"program"}
		}
	}
	sup, err := newSupervisor(Options{
		Log: slog.New(slog.NewTextHandler(s.t.Output(), nil)),
		Alert: func(_ context.Context, a Alert) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.alerts = append(s.alerts, a)
		},
		Unattended: func() bool { return s.alone },
	}, s.launch, s.probe, specs)
	if err != nil {
		s.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(s.t.Context())
	v := &supervised{sup, s, stop, make(chan int, 1)}
	go func() { v.status <- sup.Run(ctx) }()
	synctest.Wait()
	return v
}

// state is that of the only program, and why.
func (v *supervised) state() (State, string) {
	synctest.Wait()
	s := v.Status()[0]
	return s.State, s.Reason
}

func (v *supervised) want(t *testing.T, want State) {
	t.Helper()
	if state, reason := v.state(); state != want {
		t.Fatalf("the program is %s (%s), want %s", state, reason, want)
	}
}

// finish stops everything and returns the status of Run.
func (v *supervised) finish() int {
	v.stop()
	return <-v.status
}

// signalled is the exit of what a signal has ended.
func signalled(sig os.Signal) process.Exit { return process.Exit{Signal: int(sig.(syscall.Signal))} }

var errSick = errors.New("sick")

func sick(child) error    { return errSick }
func healthy(child) error { return nil }
