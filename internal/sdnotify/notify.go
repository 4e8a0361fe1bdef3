// Package sdnotify speaks systemd's side of a service: the notification
// protocol of sd_notify(3), the watchdog of sd_watchdog_enabled(3), the file
// descriptor store, and the descriptors of sd_listen_fds(3).
//
// Everything here is a silent no-op where there is no systemd, so that callers
// need no conditions of their own.
package sdnotify

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
)

// sendTimeout bounds how long one notification may wait for room in the
// manager's queue. It is well above what a busy PID 1 needs, and well below
// any watchdog interval that makes sense.
const sendTimeout = 2 * time.Second

// Notifier sends notifications to the service manager. The zero value and a
// nil *Notifier are valid and send nothing.
//
// All methods may be called concurrently. Each sends one datagram, blocks for
// at most two seconds, and returns an error only when systemd is there and
// could not be told; it is usual to log that error and go on.
type Notifier struct {
	address string

	mu   sync.Mutex
	conn conn // nil until the first message, and after a failed one
}

// conn is a connected datagram socket.
type conn interface {
	// send writes one message with at most one descriptor (-1: none).
	send(message string, fd int, deadline time.Time) error
	Close() error
}

// New reads $NOTIFY_SOCKET. Without it, or on a platform without systemd, the
// Notifier is disabled and the error is nil. An address that cannot be used
// (a relative path, AF_VSOCK) is an error; the Notifier returned with it is
// disabled and may be used.
//
// The variable stays in the environment, for a successor to inherit.
func New() (*Notifier, error) {
	address, err := parseAddress(os.Getenv("NOTIFY_SOCKET"))
	return &Notifier{address: address}, err
}

// parseAddress returns the address in the form that package net knows: a path,
// or a name in the abstract namespace after "@".
func parseAddress(s string) (string, error) {
	switch {
	case s == "" || !supported:
		return "", nil
	case strings.HasPrefix(s, "vsock"):
		return "", fmt.Errorf("sdnotify: NOTIFY_SOCKET %q: AF_VSOCK is not supported, only a path or an abstract socket", s)
	case len(s) < 2 || s[0] != '/' && s[0] != '@':
		return "", fmt.Errorf("sdnotify: NOTIFY_SOCKET %q: neither an absolute path nor an abstract socket", s)
	case len(s) > maxAddress:
		return "", fmt.Errorf("sdnotify: NOTIFY_SOCKET: %d bytes long, the most is %d", len(s), maxAddress)
	}
	return s, nil
}

// Enabled reports whether there is a service manager to notify.
func (n *Notifier) Enabled() bool {
	return n != nil && n.address != ""
}

// Close releases the socket that notifications are sent through. A later
// notification opens it again.
func (n *Notifier) Close() error {
	if n == nil {
		return nil
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.hangUp()
}

// Ready says that the service has started, or has finished a reload (READY=1).
func (n *Notifier) Ready(status string) error {
	return n.notify(daemon.SdNotifyReady, statusLine(status))
}

// Status sets the text that "systemctl status" shows (STATUS=). Text of more
// than one line is joined; beyond 1 KiB it is cut.
func (n *Notifier) Status(status string) error {
	return n.notify("STATUS=" + oneLine(status))
}

// Reloading says that a reload has begun (RELOADING=1 with MONOTONIC_USEC=,
// which Type=notify-reload needs). [Notifier.Ready] must follow, whether or
// not the reload succeeded.
func (n *Notifier) Reloading(status string) error {
	return n.notify(daemon.SdNotifyReloading, strings.TrimSuffix(daemon.SdNotifyMonotonicUsec(), "\n"), statusLine(status))
}

// Stopping says that the service has begun to shut down (STOPPING=1). With
// systemd 259 and later it cannot be taken back.
func (n *Notifier) Stopping(status string) error {
	return n.notify(daemon.SdNotifyStopping, statusLine(status))
}

// Extend allows the present start, run or stop to take d from now, although
// its time in the unit is over (EXTEND_TIMEOUT_USEC=). See [Notifier.ExtendWhile].
func (n *Notifier) Extend(d time.Duration) error {
	if d <= 0 {
		return nil
	}
	return n.notify("EXTEND_TIMEOUT_USEC=" + microseconds(d))
}

// MainPID makes another process of the unit its main process (MAINPID=). With
// NotifyAccess=main only that process is listened to from then on.
func (n *Notifier) MainPID(pid int) error {
	if pid <= 0 {
		return fmt.Errorf("sdnotify: MAINPID: %d is not a process", pid)
	}
	return n.notify("MAINPID=" + strconv.Itoa(pid))
}

// Errno passes on why the service failed (ERRNO=).
func (n *Notifier) Errno(errno syscall.Errno) error {
	return n.notify("ERRNO=" + strconv.Itoa(int(errno)))
}

// Ping keeps the watchdog quiet for another interval (WATCHDOG=1). See [Watchdog].
func (n *Notifier) Ping() error {
	return n.notify(daemon.SdNotifyWatchdog)
}

// Trigger does at once what a missed watchdog ping would do (WATCHDOG=trigger),
// with or without WatchdogSec= in the unit: by default systemd sends SIGABRT.
func (n *Notifier) Trigger() error {
	return n.notify("WATCHDOG=trigger")
}

// notify sends the assignments that are not empty as one message.
func (n *Notifier) notify(assignments ...string) error {
	var message strings.Builder
	for _, a := range assignments {
		if a != "" {
			message.WriteString(a + "\n")
		}
	}
	return n.send(message.String(), -1)
}

// send delivers one message with at most one descriptor (-1: none). The socket
// is kept between messages, so that a process which has run out of descriptors
// can still answer its watchdog.
func (n *Notifier) send(message string, fd int) error {
	if !n.Enabled() {
		return nil
	}
	deadline := time.Now().Add(sendTimeout)
	n.mu.Lock()
	defer n.mu.Unlock()

	err := n.sendOnce(message, fd, deadline)
	if stale(err) {
		err = n.sendOnce(message, fd, deadline)
	}
	if err != nil {
		variable, _, _ := strings.Cut(message, "\n")
		return fmt.Errorf("sdnotify: %s: %w", variable, err)
	}
	return nil
}

func (n *Notifier) sendOnce(message string, fd int, deadline time.Time) error {
	if n.conn == nil {
		c, err := dial(n.address)
		if err != nil {
			return err
		}
		n.conn = c
	}
	err := n.conn.send(message, fd, deadline)
	if err != nil {
		return errors.Join(err, n.hangUp())
	}
	return nil
}

func (n *Notifier) hangUp() error {
	if n.conn == nil {
		return nil
	}
	c := n.conn
	n.conn = nil
	return c.Close()
}

// stale tells whether the other end was replaced since the socket was
// connected, which a fresh connection puts right.
func stale(err error) bool {
	return errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.ENOTCONN)
}

func microseconds(d time.Duration) string {
	return strconv.FormatInt(d.Microseconds(), 10)
}
