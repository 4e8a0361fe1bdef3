package handoff

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gind/gind/internal/listener"
)

// Predecessor is the process that this one was started to replace.
type Predecessor struct {
	control *channel
	sockets []listener.Inherited
	words   *os.File // what the predecessor reads of this process's last words
}

// FindPredecessor returns the process that started this one in an upgrade, or
// nil. It belongs at the very beginning of a program: from then on the process
// has its own standard error, and nothing of it is in the environment any more.
// After an error the program should end; the predecessor serves on.
func FindPredecessor() (*Predecessor, error) {
	value := os.Getenv(controlVariable)
	if value == "" {
		return nil, nil
	}
	_ = os.Unsetenv(controlVariable)
	fd, err := strconv.Atoi(value)
	if err != nil || fd < controlDescriptor {
		return nil, fmt.Errorf("handoff: %s=%q is no descriptor", controlVariable, value)
	}
	unix.CloseOnExec(fd)
	control, err := openChannel(os.NewFile(uintptr(fd), controlVariable))
	if err != nil {
		return nil, err
	}
	p := &Predecessor{control: control}
	if err := p.receiveSockets(); err != nil {
		err = fmt.Errorf("handoff: sockets of the process before: %w", err)
		_ = p.Fail(err)
		return nil, err
	}
	return p, nil
}

// Sockets are the listening sockets of the predecessor, for [listener.Open].
func (p *Predecessor) Sockets() []listener.Inherited { return p.sockets }

func (p *Predecessor) receiveSockets() error {
	_ = p.control.conn.SetReadDeadline(time.Now().Add(frameTimeout))
	for last := false; !last; {
		m, err := p.control.receive()
		if err != nil {
			return err
		}
		if last, err = p.takeSockets(m); err != nil {
			return err
		}
	}
	return p.control.conn.SetReadDeadline(time.Time{})
}

func (p *Predecessor) takeSockets(m *message) (last bool, err error) {
	defer m.close()
	switch {
	case m.version != version:
		return false, fmt.Errorf("it speaks version %d of the upgrade protocol, this release %d", m.version, version)
	case m.kind != kindSockets:
		return false, fmt.Errorf("a frame of kind %d instead", m.kind)
	case len(m.fds) < m.descriptors:
		return false, errors.New("too many for this process's limit of open files")
	}
	table, last, err := decodeSockets(m.data, m.descriptors)
	if err != nil {
		return false, err
	}
	fds := m.fds
	m.fds = nil
	for i, entry := range table {
		if entry.role == roleStderr {
			err = errors.Join(err, p.restoreStderr(fds[i]))
			continue
		}
		p.sockets = append(p.sockets, listener.Inherited{
			Name: entry.name,
			File: os.NewFile(uintptr(fds[i]), entry.name),
			Own:  entry.role == roleOwn,
		})
	}
	return last, err
}

// restoreStderr makes fd the standard error. The pipe that had its place still
// gets the text of a crash, until the process is ready.
func (p *Predecessor) restoreStderr(fd int) error {
	defer func() { _ = unix.Close(fd) }()
	pipe, err := unix.FcntlInt(2, unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return err
	}
	p.words = os.NewFile(uintptr(pipe), "last words")
	if err := unix.Dup3(fd, 2, 0); err != nil {
		return err
	}
	return debug.SetCrashOutput(p.words, debug.CrashOptions{})
}

func (p *Predecessor) endWords() {
	if p.words != nil {
		_ = debug.SetCrashOutput(nil, debug.CrashOptions{})
		_ = p.words.Close()
		p.words = nil
	}
}

// Ready tells the predecessor that this process can serve, and what it has answered
// to itself, and returns when it has been made the main process. If the predecessor dies meanwhile, that is so
// by itself. The error is that of ctx, or that the predecessor died before it
// could be told.
func (p *Predecessor) Ready(ctx context.Context, answer Answer) error {
	p.endWords()
	if err := p.control.send(frame(kindReady, 0, encodeReady(answer)), nil, frameTimeout); err != nil {
		return fmt.Errorf("handoff: the process before: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { _ = p.control.conn.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	m, err := p.control.receive()
	m.close()
	switch {
	case err == nil && (m.version != version || m.kind != kindMain):
		return fmt.Errorf("handoff: the process before sent a frame of kind %d, not that this one is the main process", m.kind)
	case err != nil && ctx.Err() != nil:
		return context.Cause(ctx)
	}
	return nil // also if the predecessor is dead
}

// Fail tells the predecessor why this process can't serve. The process should
// then end.
func (p *Predecessor) Fail(why error) error {
	p.endWords()
	text := why.Error()
	text = text[:min(len(text), maxWords)]
	return errors.Join(
		p.control.send(frame(kindFailed, 0, []byte(text)), nil, frameTimeout),
		p.control.close())
}

// maxWords bounds what is told of a failure.
const maxWords = 16 << 10

// Adopt serves the connections that the predecessor parks, by the listeners of
// set, until it has no more or has died. See [Adopt] for its results.
func (p *Predecessor) Adopt(set *listener.Set) (Adoption, error) {
	a := adopter{set: set}
	a.empty(p.control, 0)
	counts, err := a.result()
	return counts, errors.Join(err, p.control.close())
}
