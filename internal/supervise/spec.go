package supervise

import "time"

// Spec says what a program is and how it is kept running. Its tags are those
// of gind's settings; the zero value of a key means its default.
type Spec struct {
	// Name of the program, unique in a Supervisor: letters, digits, '.', '_' and '-'.
	Name string `yaml:"-"`

	// Command is the program and its arguments. A name without a slash is
	// looked for in the PATH that the program gets. Nothing is expanded.
	Command []string `yaml:"command" since:"0.1"`

	// Directory the program works in. Empty: that of gind.
	Directory string `yaml:"directory" format:"path" since:"0.1"`

	// Environment of the program, as "KEY=value", in addition to that of gind.
	Environment []string `yaml:"environment" since:"0.1"`

	// User the program runs as, a name or a number. Empty: the one gind runs
	// as. Not on Windows.
	User string `yaml:"user" since:"0.1"`

	// Group the program runs as, a name or a number. Empty: that of the user.
	Group string `yaml:"group" since:"0.1"`

	// Umask of the program in octal digits, as "0027". Empty: that of gind.
	Umask string `yaml:"umask" since:"0.1"`

	// Limits on what the program may use. Not on Windows.
	Limits Limits `yaml:"limits"`

	// Sockets by name. They are opened once, kept while the program restarts,
	// so that no connection is refused meanwhile, and passed to it as systemd
	// does it (sd_listen_fds(3)), in the order of their names. Not on Windows.
	Sockets map[string]Socket `yaml:"sockets" since:"0.1"`

	// Restart the program when it ends by itself: always, on-failure (not after
	// exit status 0, nor SIGHUP, SIGINT, SIGTERM or SIGPIPE), or no.
	Restart string `yaml:"restart" default:"always" enum:"always|on-failure|no" since:"0.1"`

	// Backoff is how long to wait before a restart.
	Backoff Backoff `yaml:"backoff"`

	// CrashLoop is when to stop trying.
	CrashLoop CrashLoop `yaml:"crash_loop"`

	// Start is when the program counts as ready.
	Start Start `yaml:"start"`

	// Stop is how the program is stopped.
	Stop Stop `yaml:"stop"`

	// Watchdog restarts the program when it has not sent WATCHDOG=1 for this
	// long (sd_watchdog_enabled(3)). 0: the program sends none. Linux only.
	Watchdog time.Duration `yaml:"watchdog" default:"0s" max:"1h" since:"0.1"`

	// Probe restarts the program when it no longer answers.
	Probe Probe `yaml:"probe"`

	// Output is what becomes of what the program prints.
	Output Output `yaml:"output"`
}

// Limits on what a program may use, each a number, "soft:hard" or "infinity"
// as systemd has them; K, M, G and T are powers of 1024. Empty: those of gind.
type Limits struct {
	// NoFile is how many files may be open.
	NoFile string `yaml:"nofile" since:"0.1"`
	// NProc is how many processes and threads the user may have.
	NProc string `yaml:"nproc" since:"0.1"`
	// Core is the size of a core file in bytes.
	Core string `yaml:"core" since:"0.1"`
	// AddressSpace is the size of the program's address space in bytes. Go
	// programs reserve much more than they use.
	AddressSpace string `yaml:"as" since:"0.1"`
	// Data is the size of the data segment in bytes.
	Data string `yaml:"data" since:"0.1"`
	// Stack is the size of the main thread's stack in bytes.
	Stack string `yaml:"stack" since:"0.1"`
	// MemLock is how many bytes may be locked in memory.
	MemLock string `yaml:"memlock" since:"0.1"`
	// FSize is the size of a file that the program writes in bytes.
	FSize string `yaml:"fsize" since:"0.1"`
	// CPU is the processor time in seconds.
	CPU string `yaml:"cpu" since:"0.1"`
}

// Socket is one that a program listens on.
type Socket struct {
	// Address as host:port, or "unix:" and a path.
	Address string `yaml:"address" format:"address" since:"0.1"`

	// Mode of a Unix socket's file in octal digits.
	Mode string `yaml:"mode" default:"0666" since:"0.1"`
}

// Backoff is how long to wait before a restart: First, twice that, and so on
// while it is less than Min, and then a random time from Min to Max. With the
// defaults that is 1 s, 2 s, 4 s, and then 8 s to 30 s.
type Backoff struct {
	// First time to wait.
	First time.Duration `yaml:"first" default:"1s" min:"10ms" max:"1h" since:"0.1"`
	// Min is the least time to wait in the end.
	Min time.Duration `yaml:"min" default:"8s" min:"10ms" max:"1h" since:"0.1"`
	// Max is the most time to wait in the end.
	Max time.Duration `yaml:"max" default:"30s" min:"10ms" max:"24h" since:"0.1"`
	// Healthy is how long a program must have run for the sequence to begin
	// anew. It is then restarted at once, this one time.
	Healthy time.Duration `yaml:"healthy" default:"30s" min:"1s" max:"24h" since:"0.1"`
}

// CrashLoop is when to stop trying: after so many crashes in a time the
// program stays down, and an alert goes out. "gind supervise resume" or a
// reload starts it again.
type CrashLoop struct {
	// Crashes in Window that end the restarts.
	Crashes int `yaml:"crashes" default:"5" min:"1" max:"1000" since:"0.1"`
	// Window in which they are counted.
	Window time.Duration `yaml:"window" default:"60s" min:"1s" max:"24h" since:"0.1"`
	// Then says what comes of it: pause until a resume or a reload, or exit, after which the
	// program counts as ended, and gind ends with its status where no other one is left.
	// auto is exit for an only program that nobody could resume: one that was given on the
	// command line, without a control socket that was asked for and is there.
	Then string `yaml:"then" default:"auto" enum:"auto|pause|exit" since:"0.1"`
}

// Start is when a program counts as ready: when it has said so, if it can;
// when its probe has passed, if it has one; else when it has run for a while.
type Start struct {
	// Notify says that the program sends READY=1 when it is ready (sd_notify(3)). Linux only.
	Notify bool `yaml:"notify" default:"false" since:"0.1"`
	// Settle is how long a program must run that neither notifies nor is probed.
	Settle time.Duration `yaml:"settle" default:"1s" min:"10ms" max:"10m" since:"0.1"`
	// Timeout after which a program that is not ready is ended.
	Timeout time.Duration `yaml:"timeout" default:"60s" min:"100ms" max:"24h" since:"0.1"`
}

// Stop is how a program is stopped: the signal to the program itself, and once
// it has ended, or not in time, everything that it started is killed.
type Stop struct {
	// Signal by name. On Windows it is always Ctrl-Break.
	Signal string `yaml:"signal" default:"SIGTERM" since:"0.1"`
	// Grace is how long the program may take.
	Grace time.Duration `yaml:"grace" default:"10s" min:"10ms" max:"24h" since:"0.1"`
}

// Probe asks a program whether it still works: over HTTP, or by a command.
// Without either there is no probe.
type Probe struct {
	// HTTP is the URL to get. Status 200 to 399 passes; the certificate is not verified.
	HTTP string `yaml:"http" format:"url" since:"0.1"`
	// Address to connect to instead of the URL's, as host:port, or "unix:" and a path.
	Address string `yaml:"address" format:"address" since:"0.1"`
	// Command to run as the program's user, with its environment and MAINPID. Exit status 0 passes.
	Command []string `yaml:"command" since:"0.1"`
	// Interval between two probes.
	Interval time.Duration `yaml:"interval" default:"10s" min:"100ms" max:"24h" since:"0.1"`
	// Timeout of one probe.
	Timeout time.Duration `yaml:"timeout" default:"5s" min:"10ms" max:"10m" since:"0.1"`
	// Failures in a row that end the program.
	Failures int `yaml:"failures" default:"3" min:"1" max:"1000" since:"0.1"`
}

// Output is what becomes of what a program prints. Each line is a record at
// the level that it claims for itself.
type Output struct {
	// StderrLevel is the level of lines on standard error that claim none.
	// Those on standard output are info.
	StderrLevel string `yaml:"stderr_level" default:"warn" enum:"debug|info|notice|warn|error" since:"0.1"`
	// Overflow says what happens when lines come faster than they can be
	// logged: drop those below error and count them, or have the program wait.
	Overflow string `yaml:"overflow" default:"drop" enum:"drop|wait" since:"0.1"`
}

// WithDefaults is s with its zero values replaced. The tags say the same; a
// test holds them against this.
func (s Spec) WithDefaults() Spec {
	orElse(&s.Restart, "always")
	orElse(&s.Backoff.First, time.Second)
	orElse(&s.Backoff.Min, 8*time.Second)
	orElse(&s.Backoff.Max, 30*time.Second)
	orElse(&s.Backoff.Healthy, 30*time.Second)
	orElse(&s.CrashLoop.Crashes, 5)
	orElse(&s.CrashLoop.Window, time.Minute)
	orElse(&s.CrashLoop.Then, "auto")
	orElse(&s.Start.Settle, time.Second)
	orElse(&s.Start.Timeout, time.Minute)
	orElse(&s.Stop.Signal, "SIGTERM")
	orElse(&s.Stop.Grace, 10*time.Second)
	orElse(&s.Probe.Interval, 10*time.Second)
	orElse(&s.Probe.Timeout, 5*time.Second)
	orElse(&s.Probe.Failures, 3)
	orElse(&s.Output.StderrLevel, "warn")
	orElse(&s.Output.Overflow, "drop")
	return s
}

func orElse[T comparable](value *T, otherwise T) {
	var zero T
	if *value == zero {
		*value = otherwise
	}
}

func (p Probe) wanted() bool { return p.HTTP != "" || len(p.Command) > 0 }
