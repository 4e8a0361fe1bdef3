package probe

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

const (
	// maxOutput is how much of a command's output is kept for the error, in bytes.
	maxOutput = 1024

	// waitDelay is how long after the end of a command its output may stay
	// open, as when it left a child behind.
	waitDelay = 500 * time.Millisecond
)

// ExecOptions of [Exec].
type ExecOptions struct {
	// Command and its arguments. There is no shell unless it is named.
	Command []string

	// Dir is the working directory, by default the service's.
	Dir string

	// Env are further variables as NAME=value, whose values are blanked in what the
	// command says. The service's own are passed on too, but for those that systemd
	// meant for the service alone.
	Env []string
}

// Exec passes when the command exits with status 0. When its time is up it is
// killed, with the processes that it started (on Windows without).
func Exec(o ExecOptions) (Func, error) {
	if len(o.Command) == 0 || o.Command[0] == "" {
		return nil, errors.New("exec: no command")
	}
	path, err := exec.LookPath(o.Command[0])
	if err != nil {
		return nil, fmt.Errorf("exec: %w", err)
	}
	return func(ctx context.Context) error { return o.run(ctx, path) }, nil
}

func (o ExecOptions) run(ctx context.Context, path string) error {
	out := &tail{}
	cmd := exec.CommandContext(ctx, path, o.Command[1:]...)
	cmd.Dir = o.Dir
	cmd.Env = append(ownEnviron(os.Environ()), o.Env...)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.WaitDelay = waitDelay
	killTree(cmd)
	err := cmd.Run()
	switch {
	case err == nil, errors.Is(err, exec.ErrWaitDelay) && cmd.ProcessState.Success():
		return nil
	case ctx.Err() != nil:
		err = ctx.Err()
	}
	if said := out.lastLine(); said != "" {
		return fmt.Errorf("%w: %s", err, o.redacted(said, out.cut))
	}
	return err
}

// leastSecret is the length from which a variable's value is taken for a secret. A
// shorter one, as 1 or no, would blank the text and hide nothing.
const leastSecret = 4

// redacted is what a command said without the values of its variables, the longest
// first: one may be part of another. Where the beginning of the output is cut off,
// the rest of one may stand there.
func (o ExecOptions) redacted(said string, cut bool) string {
	for _, secret := range o.secrets() {
		said = strings.ReplaceAll(said, secret, "***")
		if cut {
			said = withoutEndOf(secret, said)
		}
	}
	return said
}

func withoutEndOf(secret, said string) string {
	for n := min(len(secret)-1, len(said)); n >= leastSecret; n-- {
		if strings.HasPrefix(said, secret[len(secret)-n:]) {
			return "***" + said[n:]
		}
	}
	return said
}

// secrets are the values of the variables, and each of their lines.
func (o ExecOptions) secrets() []string {
	var list []string
	for _, variable := range o.Env {
		_, value, _ := strings.Cut(variable, "=")
		for line := range strings.Lines(value) {
			if line = strings.TrimSpace(line); len(line) >= leastSecret {
				list = append(list, line)
			}
		}
	}
	slices.SortFunc(list, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	return list
}

// ownEnviron is the environment without what systemd says to the service
// itself: a command that sent READY=1 or a watchdog ping would speak for it.
func ownEnviron(environ []string) []string {
	own := make([]string, 0, len(environ))
	for _, variable := range environ {
		name, _, _ := strings.Cut(variable, "=")
		switch name {
		case "NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC", "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "FDSTORE", "MAINPID":
		default:
			own = append(own, variable)
		}
	}
	return own
}

// tail keeps the end of what is written to it.
type tail struct {
	b   []byte
	cut bool // it is not all
}

func (t *tail) Write(p []byte) (int, error) {
	t.cut = t.cut || len(t.b)+len(p) > maxOutput
	if len(p) >= maxOutput {
		t.b = append(t.b[:0], p[len(p)-maxOutput:]...)
		return len(p), nil
	}
	t.b = append(t.b, p...)
	if over := len(t.b) - maxOutput; over > 0 {
		t.b = append(t.b[:0], t.b[over:]...)
	}
	return len(p), nil
}

// lastLine of the output is where commands say why they failed.
func (t *tail) lastLine() string {
	text := strings.TrimSpace(string(t.b))
	return strings.TrimSpace(text[strings.LastIndexByte(text, '\n')+1:])
}
