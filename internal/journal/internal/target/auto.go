package target

import (
	"os"
	"strconv"

	"github.com/mattn/go-isatty"
)

// Resolve is what Auto stands for in this process.
func (t Target) Resolve(socket string) Target {
	switch {
	case t != Auto:
		return t
	case stderrIsJournal():
		return Journald
	case isTerminal(os.Stderr):
		return Text // before anything inherited says otherwise: a desktop's shell has an INVOCATION_ID too
	case startedBySystemd() && exists(socket):
		return Journald
	}
	return JSON
}

// startedBySystemd is whether systemd started this process (systemd.exec(5)),
// and not something that systemd started long ago.
func startedBySystemd() bool {
	if os.Getenv("INVOCATION_ID") == "" {
		return false
	}
	pid := os.Getenv("SYSTEMD_EXEC_PID") // since systemd 248
	return pid == "" || pid == strconv.Itoa(os.Getpid()) || os.Getenv("NOTIFY_SOCKET") != ""
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func isTerminal(f *os.File) bool { return isatty.IsTerminal(f.Fd()) || isatty.IsCygwinTerminal(f.Fd()) }

// Colored is whether lines on standard error are in colour (https://no-color.org).
func Colored() bool {
	return isTerminal(os.Stderr) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}
