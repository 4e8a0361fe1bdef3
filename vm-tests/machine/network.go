//go:build linux

package machine

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// Dial opens a connection from inside the machine, to an address such as
// "127.0.0.1:8080". It may be called from any goroutine.
func (m *Machine) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	leave, err := enterNetwork(m.leader)
	if err != nil {
		return nil, fmt.Errorf("machine: enter the network: %w", err)
	}
	defer leave()
	// A socket belongs for ever to the namespace of the thread that made it. The
	// address has to be a number: names are looked up on other threads.
	var dialer net.Dialer
	return dialer.DialContext(ctx, network, address)
}

// Listen opens a listening socket inside the machine, on an address such as
// "127.0.0.1:0". It may be called from any goroutine.
func (m *Machine) Listen(address string) (net.Listener, error) {
	leave, err := enterNetwork(m.leader)
	if err != nil {
		return nil, fmt.Errorf("machine: enter the network: %w", err)
	}
	defer leave()
	return net.Listen("tcp", address)
}

// enterNetwork moves the goroutine's thread into the network namespace of a process.
func enterNetwork(pid int) (leave func(), err error) {
	runtime.LockOSThread()
	own, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		runtime.UnlockOSThread()
		return nil, err
	}
	if err := setNetwork(fmt.Sprintf("/proc/%d/ns/net", pid)); err != nil {
		own.Close()
		runtime.UnlockOSThread()
		return nil, err
	}
	return func() {
		defer own.Close()
		// A thread that cannot be brought back stays locked, and ends with its goroutine.
		if unix.Setns(int(own.Fd()), unix.CLONE_NEWNET) == nil {
			runtime.UnlockOSThread()
		}
	}, nil
}

func setNetwork(path string) error {
	namespace, err := os.Open(path)
	if err != nil {
		return err
	}
	defer namespace.Close()
	return unix.Setns(int(namespace.Fd()), unix.CLONE_NEWNET)
}

// HTTP is a client whose connections come from inside the machine, at most
// 30 seconds a request. URLs must have an address, such as
// http://127.0.0.1:8080/. Redirects are not followed.
func (m *Machine) HTTP() *http.Client {
	transport := &http.Transport{DialContext: m.Dial, DisableCompression: true}
	m.t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{
		Transport:     transport,
		Timeout:       30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Command makes a command of a program of the host that uses the machine's
// network: a load generator. Files are the host's.
func (m *Machine) Command(ctx context.Context, name string, args ...string) *exec.Cmd {
	args = append([]string{"--target", strconv.Itoa(m.leader), "--net", name}, args...)
	return exec.CommandContext(ctx, "nsenter", args...)
}
