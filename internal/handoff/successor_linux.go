package handoff

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gind/gind/internal/listener"
)

// ErrNotReady is the reason of an upgrade that took too long.
var ErrNotReady = errors.New("the successor was not ready in time")

// Successor is a process that has been started to replace this one.
type Successor struct {
	process process
	control *channel
	words   *lastWords
	answer  *Answer
}

const (
	// frameTimeout is how long a process may take to read a frame.
	frameTimeout = 5 * time.Second
	// deathTimeout is how long a process that has hung up may take to end.
	deathTimeout = 2 * time.Second
)

// Upgrade starts command beside this process, gives it the listening sockets of
// set, and returns when it is ready. It then has to be told to take over.
//
// If it fails, exits, or ctx ends before it is ready, it is killed, and the
// error has its own words: what it passed to [Predecessor.Fail], or how it
// ended and what it last wrote to its standard error. This process is as it was.
func Upgrade(ctx context.Context, command Command, set *listener.Set) (*Successor, error) {
	return upgrade(ctx, command, set, startProcess)
}

func upgrade(ctx context.Context, command Command, set *listener.Set, start starter) (*Successor, error) {
	s, err := launch(command, start)
	if err != nil {
		return nil, fmt.Errorf("handoff: start %s: %w", command.Path, err)
	}
	answer := make(chan error, 1)
	go func() { answer <- s.introduce(set) }()
	select {
	case err = <-answer:
	case <-ctx.Done():
	}
	if ctx.Err() != nil { // also when it became ready at the same time
		err = s.tooLate(ctx)
	}
	if err != nil {
		s.Kill()
		s.words.mute()
		return nil, fmt.Errorf("handoff: successor %d: %w", s.PID(), err)
	}
	return s, nil
}

// tooLate explains why the successor is no longer waited for.
func (s *Successor) tooLate(ctx context.Context) error {
	if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return context.Cause(ctx)
	}
	s.Kill()
	if said := s.words.last(); said != "" {
		return fmt.Errorf("%w; it last wrote: %s", ErrNotReady, said)
	}
	return ErrNotReady
}

// launch starts the process with its end of the control socket and a pipe as
// its standard error.
func launch(command Command, start starter) (*Successor, error) {
	control, theirs, err := socketPair("successor")
	if err != nil {
		return nil, err
	}
	defer func() { _ = theirs.Close() }()
	words, stderr, err := listenForWords()
	if err != nil {
		_ = control.close()
		return nil, err
	}
	defer func() { _ = stderr.Close() }()
	p, err := start(command, theirs, stderr)
	if err != nil {
		_ = control.close()
		return nil, err
	}
	return &Successor{process: p, control: control, words: words}, nil
}

// PID is the successor's process ID, for sd_notify's MAINPID=.
func (s *Successor) PID() int { return s.process.pid() }

// Answer is what the successor has answered to itself. It is nil if it is of a
// release that does not ask.
func (s *Successor) Answer() *Answer { return s.answer }

// introduce passes the sockets and waits for the verdict.
func (s *Successor) introduce(set *listener.Set) error {
	if err := s.passSockets(set); err != nil {
		return s.hungUp(err)
	}
	m, err := s.control.receive()
	if err != nil {
		return s.hungUp(err)
	}
	m.close()
	switch {
	case m.version != version:
		return fmt.Errorf("it speaks version %d of the upgrade protocol, this release %d", m.version, version)
	case m.kind == kindReady:
		s.answer, err = decodeReady(m.data)
		return err
	case m.kind == kindFailed:
		return errors.New(strings.ToValidUTF8(string(m.data), "\uFFFD"))
	default:
		return fmt.Errorf("it sent a frame of kind %d instead of being ready", m.kind)
	}
}

// hungUp explains why the control socket broke: the process's own end.
func (s *Successor) hungUp(err error) error {
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF),
		errors.Is(err, unix.EPIPE), errors.Is(err, unix.ECONNRESET):
	default:
		return err
	}
	select {
	case <-s.process.ended():
		return s.obituary()
	case <-time.After(deathTimeout):
		return fmt.Errorf("it hung up: %w", err)
	}
}

func (s *Successor) obituary() error {
	if said := s.words.last(); said != "" {
		return fmt.Errorf("it ended (%s): %s", s.process.status(), said)
	}
	return fmt.Errorf("it ended (%s)", s.process.status())
}

// passSockets sends the listening sockets, and the standard error that the
// successor is to have.
func (s *Successor) passSockets(set *listener.Set) error {
	sockets, err := set.Files()
	if err != nil {
		return err
	}
	defer func() {
		for _, socket := range sockets {
			_ = socket.File.Close()
		}
	}()
	files, table := []*os.File{os.Stderr}, []passed{{role: roleStderr}}
	for _, socket := range sockets {
		role := roleActivated
		if socket.Own {
			role = roleOwn
		}
		files, table = append(files, socket.File), append(table, passed{socket.Name, role})
	}
	return s.passFiles(files, table)
}

func (s *Successor) passFiles(files []*os.File, table []passed) error {
	for len(files) > 0 {
		n := min(len(files), maxDescriptors)
		fds := make([]int, n)
		for i, f := range files[:n] {
			fd, err := fileDescriptor(f)
			if err != nil {
				return err
			}
			fds[i] = fd
		}
		payload := encodeSockets(table[:n], n == len(files))
		if err := s.control.send(frame(kindSockets, n, payload), fds, frameTimeout); err != nil {
			return err
		}
		files, table = files[n:], table[n:]
	}
	return nil
}

// TakeOver tells the successor that it is the main process, which the service
// manager has to know by then (MAINPID=, then Barrier). From then on this
// process should park its connections into the successor and end. The listening
// sockets are the successor's.
func (s *Successor) TakeOver(set *listener.Set) error {
	s.words.mute()
	if err := s.control.send(frame(kindMain, 0, nil), nil, frameTimeout); err != nil {
		err = s.hungUp(err)
		s.Kill()
		return fmt.Errorf("handoff: successor %d: %w", s.PID(), err)
	}
	set.HandedOn()
	return nil
}

// Finish tells the successor that no connection comes any more.
func (s *Successor) Finish() error {
	err := s.control.send(frame(kindDone, 0, nil), nil, frameTimeout)
	return errors.Join(err, s.control.close())
}

// Kill ends the successor and waits until it is gone. It does not see this process
// hang up before: it would take itself for the service.
func (s *Successor) Kill() {
	s.process.kill()
	_ = s.control.close()
	<-s.process.ended()
}

func (s *Successor) room() int {
	if s.control.hungUp(0) {
		return 0
	}
	return inFlightLimit()
}

func (s *Successor) send(frame []byte, fds []int) error {
	return s.control.send(frame, fds, frameTimeout)
}
