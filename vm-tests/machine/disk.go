//go:build linux

package machine

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// shellPort is the name of the virtio port with a shell at its other end.
const shellPort = "test-shell"

// shellFiles give a computer that shell, as root, as soon as the port is there.
var shellFiles = map[string]string{
	"/etc/udev/rules.d/90-test-shell.rules": `SUBSYSTEM=="virtio-ports", ATTR{name}=="` + shellPort + `", TAG+="systemd", ENV{SYSTEMD_WANTS}="test-shell.service"` + "\n",
	"/etc/systemd/system/test-shell.service": `[Unit]
DefaultDependencies=no
Conflicts=shutdown.target
Before=shutdown.target

[Service]
ExecStart=/bin/sh
StandardInput=file:/dev/virtio-ports/` + shellPort + `
StandardOutput=file:/dev/virtio-ports/` + shellPort + `
Environment=HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive SYSTEMD_PAGER= SYSTEMD_COLORS=0
`,
}

// overlayAndMake mounts the folders of a disk over each other, where nobody
// else sees it, and makes a file system of what is seen.
const overlayAndMake = `mount -t overlay -o "lowerdir=$1,upperdir=$2,workdir=$3" none "$4" && mke2fs -q -t ext4 -d "$4" "$5" 3G`

// makeDisk makes an ext4 file system of a root and more files; dir is for what
// is in between.
func makeDisk(disk, root, dir string, files map[string]string) error {
	upper, work, merged := filepath.Join(dir, "upper"), filepath.Join(dir, "work"), filepath.Join(dir, "merged")
	for _, dir := range []string{upper, work, merged} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	for path, content := range shellFiles {
		if err := put(filepath.Join(upper, path), []byte(content)); err != nil {
			return err
		}
	}
	for path, host := range files {
		content, err := os.ReadFile(host)
		if err != nil {
			return err
		}
		if err := put(filepath.Join(upper, path), content); err != nil {
			return err
		}
	}
	cmd := exec.Command("unshare", "--mount", "sh", "-c", overlayAndMake, "sh", root, upper, work, merged, disk)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("mke2fs: %w: %s", err, out)
	}
	return nil
}

func put(path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, content, 0o644)
}
