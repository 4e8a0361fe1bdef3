package paths

import (
	"cmp"
	"os"
	"path/filepath"

	"github.com/gind/gind/internal/sdnotify"
)

// Config is where a service's config is by default.
func Config(name string) string { return filepath.Join(configRoot(), name, name+".yaml") }

// History is where a service keeps the versions of its config: in the folder
// that systemd made (StateDirectory=), else where systemd makes it.
func History(name string) string { return filepath.Join(state(name), "config") }

// Crashes is where the reports of a service's crashes are, beside [History].
func Crashes(name string) string { return filepath.Join(state(name), "crashes") }

// Program is the link to the program that a start of the service runs, if its unit
// starts that through a link. Its folder is no part of the service's own, so that what
// the service keeps can be deleted and the service still starts.
func Program(name string) string { return filepath.Join(state(name)+"-program", name) }

func state(name string) string {
	return cmp.Or(sdnotify.Directory("STATE_DIRECTORY"), filepath.Join(stateRoot(), name))
}

// Log is where the log files of a service are, unless its config says otherwise.
func Log(name string) string {
	return cmp.Or(sdnotify.Directory("LOGS_DIRECTORY"), logFolder(name))
}

// Runtime is where a service's folder for control socket and the like belongs,
// whether it is there or not.
func Runtime(name string) string { return filepath.Join(runtimeRoots()[0], name) }

// ControlSocket is where a service's control socket is, unless its config says
// otherwise: in the folder that systemd made (RuntimeDirectory=), else in the
// one of the system's or the user's runtime directories that is there. It is
// empty where there is none.
func ControlSocket(name string) string {
	if dir := sdnotify.Directory("RUNTIME_DIRECTORY"); dir != "" {
		return filepath.Join(dir, "control.sock")
	}
	for _, root := range runtimeRoots() {
		dir := filepath.Join(root, name)
		if info, err := os.Stat(dir); err == nil && info.IsDir() {
			return filepath.Join(dir, "control.sock")
		}
	}
	return ""
}
