package handoff

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Command starts a successor.
type Command struct {
	Path   string   // of the program
	Args   []string // the first is the program's name, as it was started
	Env    []string
	Folder string // working directory
}

// controlVariable tells a successor the descriptor of its control socket.
const controlVariable = "GIND_UPGRADE_FD"

// started is the command of this process. It is noted before anything can
// change the environment or the working directory.
var started = captureCommand()

// running is the program that runs, and runningFile its file.
var (
	running, _     = os.Executable()
	runningFile, _ = os.Stat(running)
)

// Running is the path that the program had which runs, links resolved. Another may be
// there by now: see Runs.
func Running() string { return running }

// Runs reports whether a path leads to the program that runs, and whether there is one.
func Runs(path string) (same, exists bool) {
	now, err := os.Stat(path)
	return err == nil && runningFile != nil && os.SameFile(now, runningFile), err == nil
}

// Started is the command that started this process, less what the service
// manager meant for this process alone. Its Path is the one it was started by, and
// its Folder the same by that path, so that a program that has since been replaced,
// or a link that has been changed, means the new one.
func Started() Command {
	c := started
	c.Args, c.Env = slices.Clone(c.Args), slices.Clone(c.Env)
	return c
}

// Named is the command with the program that its first argument names, if that is a path:
// where a link leads to the program that is started, what runs may be another.
func (c Command) Named() Command {
	if len(c.Args) > 0 && filepath.IsAbs(c.Args[0]) {
		c.Path = c.Args[0]
		c.Folder = byPath(c.Folder, c.Path)
	}
	return c
}

func captureCommand() Command {
	folder, _ := os.Getwd()
	path := programPath(folder)
	folder = byPath(folder, path)
	return Command{
		Path:   path,
		Args:   slices.Clone(os.Args),
		Env:    slices.DeleteFunc(os.Environ(), personal),
		Folder: folder,
	}
}

// personal reports whether a variable is meant for one process only:
// sd_listen_fds(3), sd_watchdog_enabled(3).
func personal(variable string) bool {
	name, _, _ := strings.Cut(variable, "=")
	return strings.HasPrefix(name, "LISTEN_") || name == "WATCHDOG_PID" || name == controlVariable
}

// programPath is the path by which this program was started if that can be
// known, else that of its file.
func programPath(folder string) string {
	executable, err := os.Executable()
	if len(os.Args) == 0 {
		return executable
	}
	path, lookErr := exec.LookPath(os.Args[0])
	if lookErr != nil {
		return executable
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(folder, path)
	}
	if err == nil && !sameFile(path, executable) {
		return executable // the first argument can be anything
	}
	return path
}

// byPath is the folder as the path of the program has it, if that is below: the
// kernel knows the folder that a link led to, and not the link.
func byPath(folder, path string) string {
	for dir := filepath.Dir(path); dir != folder; dir = filepath.Dir(dir) {
		if sameFile(dir, folder) {
			return dir
		}
		if dir == filepath.Dir(dir) {
			break
		}
	}
	return folder
}

func sameFile(a, b string) bool {
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	return errX == nil && errY == nil && os.SameFile(x, y)
}
