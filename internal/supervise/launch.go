package supervise

import (
	"errors"
	"log/slog"
	"os"
	"strconv"
	"sync"

	"github.com/gind/gind/internal/supervise/notify"
	"github.com/gind/gind/internal/supervise/output"
	"github.com/gind/gind/internal/supervise/process"
)

// child is a process that runs. It is a [process.Process], except in tests.
type child interface {
	PID() int
	Done() <-chan struct{}
	Exit() process.Exit
	Signal(os.Signal) error
	KillAll() error
	Memory() uint64
	Members() []int
}

// launched is a child with what belongs to it.
type launched struct {
	child
	printed <-chan struct{}     // closed when all that it printed was logged
	counts  func() output.Stats // of both outputs
	close   func()              // stops listening to it
}

// launcher starts a program.
type launcher func(l listener, p *plan, sockets []process.Socket) (*launched, error)

// listener is told what a program says.
type listener struct {
	log    slog.Handler
	recent *output.Recent
	told   func(notify.Message)
}

// launch is the launcher for real programs.
func launch(l listener, p *plan, passed []process.Socket) (*launched, error) {
	c := p.command
	path, wrong := p.find()
	if len(wrong) > 0 {
		return nil, wrong[0]
	}
	c.Path = path
	told, err := notify.Listen(p.uid, l.told)
	if err != nil {
		return nil, err
	}
	c.Sockets = passed
	c.Env = append(c.Env[:len(c.Env):len(c.Env)], notifyEnv(p, told)...)
	run, err := start(l, p, c)
	if err != nil {
		told.Close()
		return nil, err
	}
	hangUp := run.close
	run.close = func() { told.Close(); hangUp() }
	return run, nil
}

func notifyEnv(p *plan, s *notify.Socket) (env []string) {
	if s.Address != "" {
		env = append(env, "NOTIFY_SOCKET="+s.Address)
	}
	if p.Watchdog > 0 {
		env = append(env, "WATCHDOG_USEC="+strconv.FormatInt(p.Watchdog.Microseconds(), 10))
	}
	return env
}

// start starts c with its outputs connected to the log.
func start(l listener, p *plan, c process.Command) (*launched, error) {
	stdout, stdoutW, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	stderr, stderrW, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, stdout.Close(), stdoutW.Close())
	}
	widen(stdout)
	widen(stderr)
	c.Stdout, c.Stderr = stdoutW, stderrW
	proc, err := process.Start(c)
	stdoutW.Close()
	stderrW.Close()
	if err != nil {
		return nil, errors.Join(err, stdout.Close(), stderr.Close())
	}

	log := l.log.WithAttrs([]slog.Attr{slog.String("program", p.Name), slog.Int("program_pid", proc.PID())})
	stream := func(name string, plain slog.Level) *output.Stream {
		return output.New(output.Options{
			Handler: log.WithAttrs([]slog.Attr{slog.String("stream", name)}),
			Plain:   plain, Wait: p.Output.Overflow == "wait", Recent: l.recent,
		})
	}
	out, errs := stream("stdout", slog.LevelInfo), stream("stderr", p.stderr)
	var reading sync.WaitGroup
	reading.Go(func() { _ = out.Run(stdout) }) // what fails is that it was closed below
	reading.Go(func() { _ = errs.Run(stderr) })
	printed := make(chan struct{})
	go func() {
		reading.Wait()
		close(printed)
	}()
	return &launched{
		child:   proc,
		printed: printed,
		counts:  func() output.Stats { return sum(out.Stats(), errs.Stats()) },
		close:   func() { stdout.Close(); stderr.Close() },
	}, nil
}

func sum(a, b output.Stats) output.Stats {
	return output.Stats{Lines: a.Lines + b.Lines, Bytes: a.Bytes + b.Bytes, Dropped: a.Dropped + b.Dropped}
}
