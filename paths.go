package gind

import (
	"cmp"
	"os"
	"path/filepath"

	"github.com/gind/gind/internal/sdnotify"
)

// configFile is where a service's config is by default.
func configFile(name string) string { return filepath.Join(configRoot(), name, name+".yaml") }

// historyDir is where a service keeps the versions of its config: in the folder
// that systemd made (StateDirectory=), else where systemd makes it.
func historyDir(name string) string {
	return filepath.Join(cmp.Or(sdnotify.Directory("STATE_DIRECTORY"), filepath.Join(stateRoot(), name)), "config")
}

// controlSocket is where a service's control socket is, unless its config says
// otherwise: in the folder that systemd made (RuntimeDirectory=), else in the
// one of the system's or the user's runtime directories that is there. It is
// empty where there is none.
func controlSocket(name string) string {
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
