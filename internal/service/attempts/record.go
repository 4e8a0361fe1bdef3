package attempts

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gind/gind/internal/backoff"
)

// The files in the folder of a service.
const (
	recordName = "starts"
	loopName   = "crash-loop"
)

// record of a start, for the one that follows it.
type record struct {
	PID     int       `json:"pid"`
	Time    time.Time `json:"time"`              // when it began, or is to
	Waiting bool      `json:"waiting,omitempty"` // it has not begun
	Config  string    `json:"config"`            // what it was read from, and
	Program string    `json:"program"`           // what was run, as fingerprints
	Reason  string    `json:"reason,omitempty"`  // why it failed, if it has said so

	// Of the starts before it that failed in a row.

	Failed  int             `json:"failed,omitempty"`
	First   time.Time       `json:"first,omitzero"` // when the first had
	Crashes backoff.Crashes `json:"crashes,omitempty"`
	Last    string          `json:"last,omitempty"` // why the last one has
	Looping bool            `json:"looping,omitempty"`
	Told    bool            `json:"told,omitempty"` // of a crash loop that is not known to be over
	Least   time.Duration   `json:"least,omitempty"`
	Most    time.Duration   `json:"most,omitempty"`
}

// differs reports whether another start is not worth what is known of this one.
func (r record) differs(from record) bool {
	return r.Config != from.Config || r.Program != from.Program
}

// anew has r begin a row of its own.
func (r record) anew(before record) record {
	r.Told = before.Looping || before.Told
	return r
}

// follow has r continue the row of a start that has failed, why ever, or has not begun.
func (r record) follow(before record, why string, now time.Time, policy backoff.Policy) record {
	r.Failed, r.First, r.Crashes, r.Last = before.Failed, before.First, before.Crashes, before.Last
	r.Looping, r.Told, r.Waiting = before.Looping, before.Told, true
	r.Least, r.Most = policy.Min, policy.Max
	if before.Waiting {
		r.Time = earliest(before.Time, now.Add(max(policy.Min, policy.Max))) // the clock may have been set
		return r
	}
	if r.Failed++; r.Failed == 1 {
		r.First = now
	}
	if r.Crashes.Add(now, policy.Limit) {
		r.Looping = true
	}
	r.Last = why
	r.Time = now.Add(policy.After(r.Failed))
	return r
}

func earliest(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// read what the start before has left; nil if it has left nothing.
func read(dir string) (*record, error) {
	text, err := os.ReadFile(filepath.Join(dir, recordName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	r := &record{}
	if err := json.Unmarshal(text, r); err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(dir, recordName), err)
	}
	return r, nil
}

func (r record) write(dir string) error {
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return replace(filepath.Join(dir, recordName), text, 0o640) // a fingerprint is made of secrets, too
}

// replace a file as a whole: a process may be killed at any time.
func replace(path string, text []byte, mode fs.FileMode) error {
	next := path + ".next"
	if err := os.WriteFile(next, append(text, '\n'), mode); err != nil {
		return err
	}
	return os.Rename(next, path)
}

func remove(dir string) error {
	if err := os.Remove(filepath.Join(dir, recordName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
