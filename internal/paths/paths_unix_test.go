//go:build unix

package paths

import (
	"os"
	"path/filepath"
	"testing"
)

// withoutSystemd has no folder made, but one of the user's own.
func withoutSystemd(t *testing.T) (runtimeDir string) {
	t.Helper()
	for _, variable := range []string{"STATE_DIRECTORY", "LOGS_DIRECTORY", "RUNTIME_DIRECTORY"} {
		t.Setenv(variable, "")
	}
	runtimeDir = t.TempDir()
	t.Setenv("XDG_RUNTIME_DIR", runtimeDir)
	return runtimeDir
}

func TestWithoutSystemdFoldersAreWhereItWouldMakeThem(t *testing.T) {
	withoutSystemd(t)
	for got, want := range map[string]string{
		Config("shop"):        "/etc/shop/shop.yaml",
		VendorDropIns("shop"): "/usr/lib/shop/shop.d",
		Program("shop"):       "/var/lib/shop-program/shop",
		ProgramBefore("shop"): "/usr/lib/shop/before/shop",
		History("shop"):       "/var/lib/shop/config",
		Crashes("shop"):       "/var/lib/shop/crashes",
		Log("shop"):           "/var/log/shop",
		Runtime("shop"):       "/run/shop",
	} {
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// TestTheControlSocketIsWhereAFolderIsThere: a file of that name is none.
func TestTheControlSocketIsWhereAFolderIsThere(t *testing.T) {
	const name = "gind-that-runs-nowhere"
	runtimeDir := withoutSystemd(t)
	if path := ControlSocket(name); path != "" {
		t.Errorf("%s, and there is no folder", path)
	}
	file := filepath.Join(runtimeDir, name)
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if path := ControlSocket(name); path != "" {
		t.Errorf("%s, and there is a file in place of a folder", path)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(file, 0o700); err != nil {
		t.Fatal(err)
	}
	if path, want := ControlSocket(name), filepath.Join(file, "control.sock"); path != want {
		t.Errorf("%s, want %s", path, want)
	}
}
