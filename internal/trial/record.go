package trial

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// Trial is a program that serves and has not proven itself yet, or has failed to.
type Trial struct {
	Program string    `json:"program"`
	Stamp   string    `json:"stamp"`            // of its file, as it was when it was started
	Before  string    `json:"before,omitempty"` // what a crash starts; empty: there is nothing to prove, or nothing else
	PID     int       `json:"pid"`              // of the process that is on trial
	Begun   time.Time `json:"begun"`
	Who     string    `json:"who"` // who asked for the upgrade

	Failed time.Time `json:"failed,omitzero"` // when that was found
	Reason string    `json:"reason,omitempty"`
}

// Errors of a trial.
var (
	// ErrNothingBefore is in the place of a trial: there is no program to go back to.
	ErrNothingBefore = errors.New("the program before it is on disk no more")
	// ErrReplaced is of a program that has proven itself, and cannot be started any more.
	ErrReplaced = errors.New("another program is in its place by now")
)

// Plan is the trial of a program that is to follow, where onTrial is the one that this
// process is on itself. With ErrNothingBefore it is over as soon as it has begun.
func (p Programs) Plan(program, who string, onTrial *Trial) (*Trial, error) {
	t := &Trial{Program: program, Stamp: stampOf(program), Who: who, Before: p.fallback(program, onTrial)}
	if t.Before == "" {
		return t, ErrNothingBefore
	}
	if isSame(t.Before, program) {
		t.Before = ""
	}
	return t, nil
}

// Begin puts a program on trial: from now on a start runs the one before it. Undo has
// everything as it was.
func (p Programs) Begin(t Trial) (undo func() error, err error) {
	was, next := p.read(), p.Next()
	undo = func() error { return errors.Join(p.choose(next), p.write(was)) }
	if t.Before != "" {
		err = p.choose(t.Before)
	}
	if err == nil {
		err = p.keep(t)
	}
	if err != nil {
		_ = undo()
		return nil, err
	}
	return undo, nil
}

// Taken is the trial that has begun for a process, or nil.
func (p Programs) Taken(pid int) (*Trial, error) {
	t, err := p.last()
	if t == nil || t.PID != pid || !t.Failed.IsZero() {
		return nil, err
	}
	return t, nil
}

// Pass ends a trial: from now on a start runs the program that was on it. With
// ErrReplaced that is over, too, and a start goes on to run the one before.
func (p Programs) Pass(t Trial) error {
	if stampOf(t.Program) != t.Stamp {
		return errors.Join(ErrReplaced, p.write(nil))
	}
	before := p.Next()
	err := p.choose(t.Program)
	if err == nil && t.Before != "" {
		err = point(p.beside("before"), before)
	}
	return errors.Join(err, p.write(nil))
}

// Fallen is a trial whose program has ended within it: what was started is the one
// before. It stays until the next trial, and is Failed once it has been told of. Nil if
// there is none.
func (p Programs) Fallen() (*Trial, error) {
	t, err := p.last()
	if t == nil {
		return nil, err
	}
	same := stampOf(t.Program) == t.Stamp || !t.Failed.IsZero()
	if t.Before == "" || p.Next() == t.Program && same { // somebody has switched the link since
		return nil, p.write(nil)
	}
	return t, err
}

// Fail notes that a program has not outlived its trial, and why.
func (p Programs) Fail(t Trial) error { return p.keep(t) }

// last is what the record tells of. Nil if there is none.
func (p Programs) last() (*Trial, error) {
	if p.Link == "" {
		return nil, nil
	}
	text := p.read()
	if text == nil {
		return nil, nil
	}
	t := new(Trial)
	if err := json.Unmarshal(text, t); err != nil {
		return nil, fmt.Errorf("trial: %s: %w", p.beside(recordName), err)
	}
	return t, nil
}

const recordName = "trial"

func (p Programs) keep(t Trial) error {
	text, err := json.Marshal(t)
	if err != nil {
		return err
	}
	return p.write(append(text, '\n'))
}

// read the record; nil if there is none.
func (p Programs) read() []byte {
	text, err := os.ReadFile(p.beside(recordName))
	if err != nil {
		return nil
	}
	return text
}

// write the record, or take it away.
func (p Programs) write(text []byte) error {
	path := p.beside(recordName)
	if text == nil {
		if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
			return fmt.Errorf("trial: %w", err)
		}
		return nil
	}
	if err := replace(path, text); err != nil {
		return fmt.Errorf("trial: the record %s: %w", path, err)
	}
	return nil
}

func replace(path string, text []byte) error {
	fresh := path + ".new"
	if err := os.WriteFile(fresh, text, 0o640); err != nil {
		return err
	}
	if err := os.Rename(fresh, path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}
