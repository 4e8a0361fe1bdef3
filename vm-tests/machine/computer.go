//go:build linux

package machine

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// computerTime is how long a computer may take to boot, or for a line of shell.
// Its processor is emulated: a minute and a half is usual for a boot.
const computerTime = 10 * time.Minute

// kernelPackages make a bootable system of a root.
var kernelPackages = []string{"initramfs-tools", "linux-image-cloud-amd64"}

// Computer is a whole machine, with a kernel and a disk of its own, in qemu.
// Its methods may be called from the test's goroutine only.
type Computer struct {
	Shell

	root   string // the folder that the disk was made of; the kernel is read from it
	disk   string
	socket string // the other end of the shell's virtio port

	conn    net.Conn
	reader  *bufio.Reader
	calls   int
	kill    func()
	console console
}

// StartComputer makes a disk of a Debian release and the files (paths on the
// host, by their paths on the disk), boots it and returns when systemd says
// that it is up.
func StartComputer(t TB, suite Suite, files map[string]string) *Computer {
	t.Helper()
	root, err := makeRoot(suite, kernelPackages)
	if err != nil {
		t.Fatalf("machine: root of %s: %v", suite, err)
	}
	dir := t.TempDir()
	c := &Computer{root: root, disk: filepath.Join(dir, "disk"), socket: filepath.Join(dir, "shell")}
	c.Shell = Shell{t: t, name: string(suite) + " computer", limit: computerTime, exec: c.exec}
	if err := makeDisk(c.disk, root, filepath.Join(dir, "upper"), files); err != nil {
		t.Fatalf("machine: disk: %v", err)
	}
	t.Cleanup(func() {
		c.kill()
		if t.Failed() {
			t.Logf("the console:\n%s", c.console.String())
		}
	})
	c.powerOn()
	return c
}

// Reboot restarts the system the orderly way.
func (c *Computer) Reboot() {
	c.t.Helper()
	before, err := c.bootID()
	if err != nil {
		c.t.Fatalf("%s: %v", c.name, err)
	}
	c.Run("systemctl reboot --no-block")
	for deadline := time.Now().Add(computerTime); ; {
		// A line that the old system takes and does not answer is lost: ask again.
		if id, err := c.bootID(); err == nil && id != before {
			break
		}
		if time.Now().After(deadline) {
			c.t.Fatalf("%s: did not reboot within %v", c.name, computerTime)
		}
	}
	c.awaitBoot()
}

func (c *Computer) bootID() (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	result, err := c.exec(ctx, "echo; tail -n 1 /proc/sys/kernel/random/boot_id")
	lines := strings.Fields(result.Output)
	if err != nil || len(lines) == 0 {
		return "", fmt.Errorf("boot id: %q, %w", result.Output, err)
	}
	return lines[len(lines)-1], nil
}

// PowerCut stops the computer between two instructions, and boots it again
// from what had reached the disk.
func (c *Computer) PowerCut() {
	c.t.Helper()
	c.kill()
	c.powerOn()
}

func (c *Computer) powerOn() {
	c.t.Helper()
	_ = os.Remove(c.socket)
	cmd := exec.Command("qemu-system-x86_64", c.arguments()...)
	cmd.Stdout, cmd.Stderr = &c.console, &c.console
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	ended, err := startOnOwnThread(cmd)
	if err != nil {
		c.kill = func() {}
		c.t.Fatalf("machine: %v", err)
	}
	c.kill = func() {
		_ = cmd.Process.Kill()
		<-ended
	}
	c.connect(ended)
	c.awaitBoot()
}

func (c *Computer) arguments() []string {
	kernel, _ := filepath.Glob(filepath.Join(c.root, "boot", "vmlinuz-*"))
	initrd, _ := filepath.Glob(filepath.Join(c.root, "boot", "initrd.img-*"))
	if len(kernel) == 0 || len(initrd) == 0 {
		c.t.Fatalf("machine: no kernel in %s", c.root)
	}
	return []string{
		"-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2", "-m", "1024",
		"-kernel", kernel[0], "-initrd", initrd[0], "-append", "console=ttyS0 root=/dev/vda rw",
		"-drive", "file=" + c.disk + ",if=virtio,format=raw,cache=writethrough",
		"-chardev", "socket,id=shell,server=on,wait=off,path=" + c.socket,
		"-device", "virtio-serial", "-device", "virtserialport,chardev=shell,name=" + shellPort,
		"-nographic", "-nic", "none", "-monitor", "none",
	}
}

func (c *Computer) connect(ended <-chan struct{}) {
	c.t.Helper()
	for {
		conn, err := net.Dial("unix", c.socket)
		if err == nil {
			c.conn, c.reader = conn, bufio.NewReader(conn)
			return
		}
		select {
		case <-ended:
			c.t.Fatalf("machine: qemu ended:\n%s", c.console.String())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (c *Computer) awaitBoot() {
	c.t.Helper()
	if state := c.Try("systemctl is-system-running --wait").Output; state != "running" {
		c.t.Fatalf("%s: systemd says %s:\n%s", c.name, state, c.Try("systemctl --failed --no-legend").Output)
	}
}

// exec sends a line to the shell at the other end of the port, and reads what
// it prints until the mark of the line's end. A shell that is not there yet
// gets the line when it is.
func (c *Computer) exec(ctx context.Context, line string) (result Result, err error) {
	c.calls++
	mark := fmt.Sprintf("\x1e%d:", c.calls)
	deadline, _ := ctx.Deadline()
	_ = c.conn.SetDeadline(deadline)
	// The first newline ends what a system that went down may have left of a line.
	_, err = fmt.Fprintf(c.conn, "\nsh -c %s </dev/null 2>&1; printf '\\036%d:%%d\\n' $?\n", Quote(line), c.calls)
	if err != nil {
		return result, err
	}
	var output strings.Builder
	for {
		text, err := c.reader.ReadString('\n')
		if err != nil {
			return Result{Output: output.String()}, err
		}
		before, status, ended := strings.Cut(text, mark)
		output.WriteString(before)
		if ended {
			_, err := fmt.Sscanf(status, "%d\n", &result.Status)
			result.Output = output.String()
			return result, err
		}
	}
}
