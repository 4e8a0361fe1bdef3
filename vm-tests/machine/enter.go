//go:build linux

package machine

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"strconv"
	"time"
)

// enter makes a command of a line of shell, run in the machine as root.
func (m *Machine) enter(ctx context.Context, line string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "nsenter", "--target", strconv.Itoa(m.leader),
		"--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--root", "--wd", "sh", "-c", line)
	cmd.Env = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root",
		"LANG=C.UTF-8", "DEBIAN_FRONTEND=noninteractive", "SYSTEMD_PAGER=", "SYSTEMD_COLORS=0"}
	cmd.WaitDelay = time.Second
	return cmd
}

func (m *Machine) exec(ctx context.Context, line string) (Result, error) {
	out, err := m.enter(ctx, line).CombinedOutput()
	result := Result{Output: string(out)}
	var exit *exec.ExitError
	if errors.As(err, &exit) && ctx.Err() == nil {
		result.Status, err = exit.ExitCode(), nil
	}
	return result, errors.Join(err, ctx.Err())
}

// Write writes a file of root's in the machine; the folders above it are made.
func (m *Machine) Write(path, content string) {
	m.t.Helper()
	m.install(path, "0644", []byte(content))
}

// Copy copies a file of the host into the machine; it keeps its permissions
// and becomes root's.
func (m *Machine) Copy(host, path string) {
	m.t.Helper()
	info, err := os.Stat(host)
	if err != nil {
		m.t.Fatalf("machine: copy: %v", err)
	}
	content, err := os.ReadFile(host)
	if err != nil {
		m.t.Fatalf("machine: copy: %v", err)
	}
	m.install(path, strconv.FormatUint(uint64(info.Mode().Perm()), 8), content)
}

func (m *Machine) install(path, mode string, content []byte) {
	m.t.Helper()
	cmd := m.enter(context.Background(), "install -D -m "+mode+" /dev/stdin "+Quote(path))
	cmd.Stdin = bytes.NewReader(content)
	if out, err := cmd.CombinedOutput(); err != nil {
		m.t.Fatalf("machine: write %s: %v\n%s", path, err, out)
	}
}

// Path is the host's path of a file in the machine, for what is too large to be
// printed. It is good for as long as the machine runs.
func (m *Machine) Path(path string) string {
	return "/proc/" + strconv.Itoa(m.leader) + "/root" + path
}
