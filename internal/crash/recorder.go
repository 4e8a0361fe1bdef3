package crash

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"time"
)

// Options of a [Recorder].
type Options struct {
	// Folder of the reports. It is made if need be; the one above it has to be there.
	Folder Folder
	// Service and Version are told in the report.
	Service, Version string
}

// Recorder is what a process writes before it crashes. A nil *Recorder is valid
// and records nothing. Its methods may be called concurrently.
type Recorder struct {
	folder Folder
	stacks []byte // where they are written: no memory is to be had when there is none

	mu     sync.Mutex
	file   *os.File
	header int64 // its length
	noted  bool
}

// Open makes reports of what processes before this one have left, the oldest
// first, and begins this one's own file. The error says why there is none;
// reports that were made are returned with it.
func Open(o Options) (*Recorder, []Report, error) {
	if err := os.Mkdir(o.Folder.Dir, 0o750); err != nil && !os.IsExist(err) {
		return nil, nil, fmt.Errorf("crash: %w", err)
	}
	release, err := o.Folder.lock()
	if err != nil {
		return nil, nil, fmt.Errorf("crash: %w", err)
	}
	defer release()
	found, err := o.Folder.sweep()
	if err != nil {
		return nil, found, fmt.Errorf("crash: %w", err)
	}
	r, err := begin(o)
	if err != nil {
		return nil, found, fmt.Errorf("crash: %w", err)
	}
	return r, found, nil
}

func begin(o Options) (*Recorder, error) {
	file, err := os.CreateTemp(o.Folder.Dir, runningPattern)
	if err != nil {
		return nil, err
	}
	head := Report{Service: o.Service, Version: o.Version, PID: os.Getpid(), Started: time.Now()}.head()
	if err = lockFile(file); err == nil {
		_ = file.Chmod(0o640)
		_, err = file.WriteString(head)
	}
	if err != nil {
		_ = file.Close()
		_ = os.Remove(file.Name())
		return nil, err
	}
	return &Recorder{folder: o.Folder, file: file, header: int64(len(head)), stacks: make([]byte, maxStacks)}, nil
}

// Arm has the runtime write into the file when it ends the process, beside what it
// prints on standard error. Whoever was told before (debug.SetCrashOutput) is not
// any more.
func (r *Recorder) Arm() error {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.file == nil {
		return nil
	}
	if err := debug.SetCrashOutput(r.file, debug.CrashOptions{}); err != nil {
		return fmt.Errorf("crash: %w", err)
	}
	return nil
}

// Lives notes the time in the file: a process that is killed says nothing any more, and
// its report has ended when it was last alive.
func (r *Recorder) Lives() {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.file != nil {
		_ = os.Chtimes(r.file.Name(), time.Time{}, time.Now())
	}
}

// Note is what was noticed before a crash.
type Note struct {
	// Reason in one line.
	Reason string
	// Requests that are open, and Errors that were logged last, a line each.
	Requests, Errors []string
}

// Note writes down what is noticed and the stacks of all goroutines, in place of
// an earlier note. They are returned too. The file keeps it if the process ends
// well nonetheless.
func (r *Recorder) Note(n Note) (stacks string, err error) {
	if r == nil {
		return string(ownStacks(make([]byte, maxStacks))), nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.file == nil {
		return "", os.ErrClosed
	}
	all := ownStacks(r.stacks)
	if err := r.rewind(); err != nil {
		return string(all), fmt.Errorf("crash: %w", err)
	}
	r.noted = true
	if _, err = r.file.WriteString(n.text()); err == nil {
		_, err = r.file.Write(all)
	}
	if err == nil {
		_, err = r.file.WriteString("\n" + endOfNote)
	}
	if err != nil {
		return string(all), fmt.Errorf("crash: %w", err)
	}
	return string(all), nil
}

// ownStacks are the stacks of all goroutines, as many as there is room for.
func ownStacks(room []byte) []byte { return room[:runtime.Stack(room, true)] }

// noticed begins a note, and endOfNote ends it.
const (
	noticed   = "noticed: "
	endOfNote = "end of what was noticed\n\n"
)

func (n Note) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s%s\nat: %s\n\n", noticed, oneLine(n.Reason), time.Now().Format(time.RFC3339Nano))
	section := func(title string, lines []string) {
		fmt.Fprintf(&b, "%s (%d):\n", title, len(lines))
		for _, line := range lines[:min(len(lines), maxLines)] {
			b.WriteString("  " + oneLine(line) + "\n")
		}
		b.WriteString("\n")
	}
	section("open requests", n.Requests)
	section("last errors", n.Errors)
	return b.String()
}

const (
	maxLines = 100 // of requests or errors in a note
	maxLine  = 512 // bytes of each
)

func oneLine(text string) string {
	text = strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f {
			return ' '
		}
		return c
	}, strings.ToValidUTF8(text, "\uFFFD"))
	if len(text) > maxLine {
		text = strings.ToValidUTF8(text[:maxLine], "") + "…"
	}
	return text
}

// Settle says that what was noticed is over, and the process goes on. A report is
// made of it, so that a later crash is not taken for its consequence.
func (r *Recorder) Settle() error {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.settle()
}

// settle does what Settle says. r.mu is held.
func (r *Recorder) settle() error {
	if r.file == nil || !r.noted {
		return nil
	}
	release, err := r.folder.lock()
	if err != nil {
		return fmt.Errorf("crash: %w", err)
	}
	defer release()
	r.noted = false
	_, err = r.folder.copy(filepath.Base(r.file.Name()), true)
	if err == nil {
		err = r.rewind()
	}
	if err != nil {
		return fmt.Errorf("crash: %w", err)
	}
	return nil
}

// rewind takes back what was noted. The runtime writes where the file's offset is,
// which is shared with it.
func (r *Recorder) rewind() error {
	if err := r.file.Truncate(r.header); err != nil {
		return err
	}
	_, err := r.file.Seek(r.header, io.SeekStart)
	return err
}

// Close says that the process ends well. Of what was noted a report is made,
// else nothing stays.
func (r *Recorder) Close() error {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.file == nil {
		return nil
	}
	_ = debug.SetCrashOutput(nil, debug.CrashOptions{})
	err := r.settle()
	file := r.file
	r.file = nil
	return errors.Join(err, file.Close(), os.Remove(file.Name()))
}
