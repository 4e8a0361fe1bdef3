// Package tickets keeps the keys of TLS session tickets in a file, so that
// clients resume their sessions with the next process (RFC 5077, RFC 8446
// section 4.6.1). The file belongs on a file system in memory, beside the
// control socket: what the keys protect must not outlive the machine's uptime.
package tickets

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

const (
	// Rotation is how long a key encrypts new tickets.
	Rotation = 24 * time.Hour
	// Lifetime is how long a key still decrypts: as long as crypto/tls keeps those it makes itself.
	Lifetime = 7 * 24 * time.Hour

	// maxFile bounds what is read; a week of keys is under 1 KiB.
	maxFile = 16 << 10
)

// key of tickets, and when it was made.
type key struct {
	made   time.Time
	secret [32]byte
}

// Ring is the keys in use, the newest first. It is for one goroutine.
type Ring struct {
	path string
	keys []key
	now  func() time.Time
}

// Open reads the keys that a process before has left in the file, if any, and
// makes a new one if the newest has served its time. A file that others could
// have read or written, or that does not parse, is not believed: it is replaced.
func Open(path string) (*Ring, error) {
	r := &Ring{path: path, now: time.Now}
	_, err := r.refresh()
	return r, err
}

// Keys are for tls.Config.SetSessionTicketKeys.
func (r *Ring) Keys() [][32]byte {
	var list [][32]byte
	for _, k := range r.keys {
		list = append(list, k.secret)
	}
	return list
}

// Run hands the keys to use each time they change, until ctx ends.
// Processes that share the file come to share the keys within a minute.
func (r *Ring) Run(ctx context.Context, use func([][32]byte)) {
	ticker := time.NewTicker(time.Minute)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			// A file that can't be written for the moment leaves the keys as they are.
			if changed, _ := r.refresh(); changed {
				use(r.Keys())
			}
		}
	}
}

// refresh takes what is in the file, drops what is too old and adds a key when
// it is time. It reports whether the keys are others than before.
func (r *Ring) refresh() (changed bool, err error) {
	before := r.Keys()
	stored, err := r.read()
	if err == nil && len(stored) > 0 {
		r.keys = stored
	}
	r.forget()
	if len(r.keys) == 0 || r.now().Sub(r.keys[0].made) >= Rotation {
		r.add()
		if err := r.write(); err != nil {
			return true, err
		}
	}
	return !same(before, r.Keys()), nil
}

func same(a, b [][32]byte) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func (r *Ring) forget() {
	kept := r.keys[:0:0]
	for _, k := range r.keys {
		if age := r.now().Sub(k.made); age >= 0 && age < Lifetime {
			kept = append(kept, k)
		}
	}
	r.keys = kept
}

func (r *Ring) add() {
	k := key{made: r.now()}
	_, _ = rand.Read(k.secret[:]) // never fails
	r.keys = append([]key{k}, r.keys...)
}

// read the file. One that is not there has no keys.
func (r *Ring) read() ([]key, error) {
	file, err := os.Open(r.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	if info, err := file.Stat(); err != nil || !private(info) {
		return nil, fmt.Errorf("tickets: %s is open to others", r.path)
	}
	text, err := io.ReadAll(io.LimitReader(file, maxFile))
	if err != nil {
		return nil, err
	}
	return parse(string(text))
}

// parse reads a line a key: when it was made, in seconds since 1970, and the
// key in hexadecimal.
func parse(text string) ([]key, error) {
	var keys []key
	for line := range strings.Lines(text) {
		made, secret, _ := strings.Cut(strings.TrimSpace(line), " ")
		seconds, err := strconv.ParseInt(made, 10, 64)
		if err != nil {
			return nil, errors.New("tickets: a line without a time")
		}
		k := key{made: time.Unix(seconds, 0)}
		if n, err := hex.Decode(k.secret[:], []byte(secret[:min(len(secret), 64)])); err != nil || n != 32 || len(secret) != 64 {
			return nil, errors.New("tickets: a line without a key")
		}
		keys = append(keys, k)
	}
	return keys, nil
}

// write replaces the file as a whole.
func (r *Ring) write() error {
	var text strings.Builder
	for _, k := range r.keys {
		fmt.Fprintf(&text, "%d %x\n", k.made.Unix(), k.secret)
	}
	file, err := os.CreateTemp(filepath.Dir(r.path), ".tickets-*") // mode 0600
	if err != nil {
		return fmt.Errorf("tickets: %w", err)
	}
	defer func() { _ = os.Remove(file.Name()) }()
	_, err = file.WriteString(text.String())
	if err := errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("tickets: %w", err)
	}
	return os.Rename(file.Name(), r.path)
}
