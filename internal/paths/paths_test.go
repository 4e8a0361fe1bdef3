package paths

import (
	"os"
	"path/filepath"
	"testing"
)

func TestFoldersAreThoseThatSystemdMade(t *testing.T) {
	state, logs, run := t.TempDir(), t.TempDir(), t.TempDir()
	second := string(os.PathListSeparator) + t.TempDir()
	t.Setenv("STATE_DIRECTORY", state+second)
	t.Setenv("LOGS_DIRECTORY", logs+second)
	t.Setenv("RUNTIME_DIRECTORY", run+second)
	for _, tt := range []struct{ what, got, want string }{
		{"history", History("shop"), filepath.Join(state, "config")},
		{"crashes", Crashes("shop"), filepath.Join(state, "crashes")},
		{"log", Log("shop"), logs},
		{"control socket", ControlSocket("shop"), filepath.Join(run, "control.sock")},
	} {
		if tt.got != tt.want {
			t.Errorf("%s in %s, want %s", tt.what, tt.got, tt.want)
		}
	}
}
