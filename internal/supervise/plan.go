package supervise

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gind/gind/internal/supervise/notify"
	"github.com/gind/gind/internal/supervise/process"
	"github.com/gind/gind/internal/supervise/sockets"
)

// plan is a Spec that was found good, with everything looked up that does not
// change from one start to the next.
type plan struct {
	Spec
	stopSignal os.Signal
	stderr     slog.Level
	command    process.Command // without path, sockets and output
	uid        int             // that the program has, -1 if it has none
	modes      map[string]os.FileMode
}

var validName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$`)

// Mistake is one thing that is wrong with a Spec.
type Mistake struct {
	// Key is the dotted path of the key, as stop.signal; empty if there is none.
	Key string
	Err error
}

func (m *Mistake) Error() string {
	if m.Key == "" {
		return m.Err.Error()
	}
	return m.Key + ": " + m.Err.Error()
}

func (m *Mistake) Unwrap() error { return m.Err }

// Check finds everything that is wrong with the spec, as far as it can be told
// without starting anything.
func (s Spec) Check() []*Mistake {
	_, wrong := makePlan(s)
	return wrong
}

// newPlan finds a Spec good, or says everything that is wrong with it.
func newPlan(s Spec) (*plan, error) {
	p, wrong := makePlan(s)
	var all []error
	for _, m := range wrong {
		all = append(all, fmt.Errorf("supervise: program %q: %w", s.Name, m))
	}
	return p, errors.Join(all...)
}

func makePlan(s Spec) (*plan, []*Mistake) {
	p := &plan{Spec: s.WithDefaults(), uid: os.Getuid()}
	r := reading{plan: p}
	r.shape()
	r.probe()
	r.sockets()
	r.words()
	r.program()
	r.elsewhere()
	slices.SortStableFunc(r.wrong, func(a, b *Mistake) int { return strings.Compare(a.Key, b.Key) })
	return p, r.wrong
}

// reading is a Spec while it becomes a plan.
type reading struct {
	*plan
	wrong []*Mistake
}

func (r *reading) mistake(key, format string, args ...any) {
	r.wrong = append(r.wrong, &Mistake{key, fmt.Errorf(format, args...)})
}

func (r *reading) shape() {
	if !validName.MatchString(r.Name) {
		r.mistake("", "a name has 1 to 63 letters, digits, '.', '_' or '-'")
	}
	if len(r.Command) == 0 || r.Command[0] == "" {
		r.mistake("command", "no command")
	}
	for key, texts := range map[string][]string{"command": r.Command, "environment": r.Environment, "probe.command": r.Probe.Command} {
		if slices.ContainsFunc(texts, func(s string) bool { return strings.ContainsRune(s, 0) }) {
			r.mistake(key, "there is a zero byte in it")
		}
	}
	if r.Backoff.Min > r.Backoff.Max {
		r.mistake("backoff.min", "%v is above backoff.max, %v", r.Backoff.Min, r.Backoff.Max)
	}
	for key, d := range r.times() {
		if d < 0 {
			r.mistake(key, "%v is negative", d)
		}
	}
	if r.CrashLoop.Crashes < 0 || r.Probe.Failures < 0 {
		r.mistake("", "crash_loop.crashes and probe.failures can't be negative")
	}
	for key, given := range map[string]bool{"start.notify": r.Start.Notify, "watchdog": r.Watchdog > 0} {
		if given && !notify.Supported {
			r.mistake(key, "programs can notify on Linux only")
		}
	}
}

func (s Spec) times() map[string]time.Duration {
	return map[string]time.Duration{
		"backoff.first": s.Backoff.First, "backoff.healthy": s.Backoff.Healthy, "stop.grace": s.Stop.Grace,
		"start.timeout": s.Start.Timeout, "watchdog": s.Watchdog, "probe.interval": s.Probe.Interval,
		"probe.timeout": s.Probe.Timeout, "crash_loop.window": s.CrashLoop.Window,
	}
}

func (r *reading) probe() {
	if r.Probe.HTTP != "" && len(r.Probe.Command) > 0 {
		r.mistake("probe.command", "http and command are both given")
	}
	if r.Probe.HTTP == "" {
		return
	}
	u, err := url.Parse(r.Probe.HTTP)
	if err != nil {
		r.mistake("probe.http", "%w", err)
		return
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		r.mistake("probe.http", "%q is not a URL with http or https and a host", r.Probe.HTTP)
	}
}

func (r *reading) sockets() {
	r.modes = map[string]os.FileMode{}
	for name, s := range r.Sockets {
		key := "sockets." + name
		if name == "" || len(name) > 255 || strings.ContainsFunc(name, func(c rune) bool { return c < '!' || c > '~' || c == ':' }) {
			r.mistake(key, "a name has 1 to 255 printable characters without a colon")
		}
		if s.Address == "" {
			r.mistake(key+".address", "a socket needs one")
		}
		mode, err := octal(s.Mode, 0o666)
		if err != nil {
			r.mistake(key+".mode", "%w", err)
		}
		r.modes[name] = os.FileMode(mode)
	}
}

// words reads the keys that are words.
func (r *reading) words() {
	if !slices.Contains([]string{"always", "on-failure", "no"}, r.Restart) {
		r.mistake("restart", "%q is not one of always, on-failure, no", r.Restart)
	}
	if !slices.Contains([]string{"auto", "pause", "exit"}, r.CrashLoop.Then) {
		r.mistake("crash_loop.then", "%q is not one of auto, pause, exit", r.CrashLoop.Then)
	}
	if r.Output.Overflow != "drop" && r.Output.Overflow != "wait" {
		r.mistake("output.overflow", "%q is not one of drop, wait", r.Output.Overflow)
	}
	levels := map[string]slog.Level{
		"debug": slog.LevelDebug, "info": slog.LevelInfo, "notice": levelNotice, "warn": slog.LevelWarn, "error": slog.LevelError,
	}
	level, known := levels[r.Output.StderrLevel]
	if !known {
		r.mistake("output.stderr_level", "%q is not one of debug, info, notice, warn, error", r.Output.StderrLevel)
	}
	r.stderr = level
	var err error
	if r.stopSignal, err = parseSignal(r.Stop.Signal); err != nil {
		r.mistake("stop.signal", "%w", err)
	}
}

func (r *reading) program() {
	c := &r.command
	c.Name, c.Args, c.Dir = r.Name, r.Command, r.Directory
	umask, err := octal(r.Umask, -1)
	if err != nil {
		r.mistake("umask", "%w", err)
	}
	c.Umask = umask
	for name, value := range r.limits() {
		limit, err := process.ParseLimit(name, value)
		if err != nil {
			r.mistake("limits."+name, "%w", err)
		}
		c.Limits = append(c.Limits, limit)
	}
	who, wrong := r.account()
	if wrong != nil {
		r.wrong = append(r.wrong, wrong)
	}
	c.Credential = who.credential
	if who.credential != nil {
		r.uid = int(who.credential.UID)
	}
	for _, assignment := range r.Environment {
		if i := strings.IndexByte(assignment, '='); i <= 0 {
			r.mistake("environment", "%q is not KEY=value", assignment)
		}
	}
	c.Env = environment(who.environment, r.Environment)
}

// limits are those that are given, by their keys.
func (p *plan) limits() map[string]string {
	l := p.Limits
	all := map[string]string{
		"nofile": l.NoFile, "nproc": l.NProc, "core": l.Core, "as": l.AddressSpace, "data": l.Data,
		"stack": l.Stack, "memlock": l.MemLock, "fsize": l.FSize, "cpu": l.CPU,
	}
	maps.DeleteFunc(all, func(_, value string) bool { return value == "" })
	return all
}

// ours are the variables that the service manager gave to gind and to nobody else.
var ours = []string{
	"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "FDSTORE", "JOURNAL_STREAM", "SYSTEMD_EXEC_PID", "MAINPID",
	"LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_PID", "LISTEN_PIDFDID", "INVOCATION_ID",
}

// environment is that of this process, less what is its own affair, and then
// the others, each of which replaces what came before.
func environment(others ...[]string) []string {
	env := slices.DeleteFunc(os.Environ(), func(assignment string) bool {
		key, _, _ := strings.Cut(assignment, "=")
		return slices.Contains(ours, key)
	})
	all := slices.Concat(env, slices.Concat(others...))
	return (&exec.Cmd{Env: all}).Environ() // knows how the system compares names
}

func octal(text string, otherwise int) (int, error) {
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.ParseUint(text, 8, 12)
	if err != nil || n > 0o777 {
		return otherwise, fmt.Errorf("%q is not 0000 to 0777 in octal digits", text)
	}
	return int(n), nil
}

// wanted are the program's sockets.
func (p *plan) wanted() map[string]sockets.Wanted {
	all := map[string]sockets.Wanted{}
	for name, spec := range p.Sockets {
		all[name] = sockets.Wanted{Address: spec.Address, Mode: p.modes[name]}
	}
	return all
}
