//go:build linux

package machine

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// basePackages is what a Debian server has at the least, and rpm, which the
// other package is tested with.
var basePackages = []string{
	"ca-certificates", "curl", "dbus", "iproute2", "kmod", "libpam-systemd",
	"procps", "rpm", "systemd", "systemd-sysv", "udev",
}

// makeRoot returns the folder of a Debian system. It is made when it is not in the
// cache folder; processes that need the same one at a time wait for each other.
func makeRoot(suite Suite, packages []string) (string, error) {
	packages = slices.Concat(basePackages, packages)
	slices.Sort(packages)
	list := strings.Join(slices.Compact(packages), ",")

	cache, err := cacheFolder()
	if err != nil {
		return "", err
	}
	key := sha256.Sum256([]byte(list))
	dir := filepath.Join(cache, fmt.Sprintf("%s-%x", suite, key[:6]))
	unlock, err := lock(dir + ".lock")
	if err != nil {
		return "", err
	}
	defer unlock()
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}

	mirror, err := aptMirror()
	if err != nil {
		return "", err
	}
	partial := dir + ".partial"
	if out, err := exec.Command("rm", "-rf", "--one-file-system", partial).CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	bootstrap := exec.Command("mmdebstrap", "--variant=minbase", "--include="+list, string(suite), partial, mirror)
	bootstrap.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	if out, err := bootstrap.CombinedOutput(); err != nil {
		return "", fmt.Errorf("mmdebstrap: %w:\n%s", err, out)
	}
	return dir, os.Rename(partial, dir)
}

func cacheFolder() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "gind", "roots")
	return dir, os.MkdirAll(dir, 0o755)
}

// lock waits for a file's lock, see flock(2).
func lock(path string) (unlock func(), err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX); err != nil {
		file.Close()
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return func() { file.Close() }, nil
}

// aptMirror is the mirror of Debian that this host's apt uses.
func aptMirror() (string, error) {
	out, err := exec.Command("apt-get", "indextargets", "--format", "$(REPO_URI)",
		"Created-By: Packages", "Origin: Debian", "Label: Debian").Output()
	if err != nil {
		return "", fmt.Errorf("apt-get indextargets: %w", err)
	}
	mirror, _, _ := strings.Cut(string(out), "\n")
	if mirror == "" {
		return "", fmt.Errorf("apt's sources have no Debian mirror (or apt-get update has never run)")
	}
	return mirror, nil
}
