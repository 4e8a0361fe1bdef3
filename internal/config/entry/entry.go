package entry

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/gind/gind/internal/config/document"
)

// Entry is one key with its value, as it would be written in a file; secrets are hidden.
type Entry struct {
	Key    string
	Value  string
	Origin document.Place
	// Live says that a change takes effect without a restart.
	Live bool
	// Secrets is a hash of the secrets in the value, which means nothing outside of
	// the process; 0 if there are none, or they are not known.
	Secrets uint64
	// Instead is what counts in place of the value, for people; empty where that does.
	Instead string
}

// Default reports whether no layer sets the key.
func (e Entry) Default() bool { return e.Origin.IsDefault() }

// Text is what the key says, if that is a single value.
func (e Entry) Text() (string, error) {
	t, err := document.ParseInline(e.Value, e.Origin)
	if err != nil {
		return "", err
	}
	if t.Kind != document.Scalar {
		return "", fmt.Errorf("%s is %s", e.Key, t.Kind)
	}
	return t.Text, nil
}

// shownEntry is an entry as "config show --json" and the control socket have it.
type shownEntry struct {
	Key     string `json:"key"`
	Value   string `json:"value"`
	Origin  string `json:"origin"`
	Default bool   `json:"default"`
	Instead string `json:"instead,omitempty"`
}

// MarshalJSON writes an entry as it is shown: its place is one text.
func (e Entry) MarshalJSON() ([]byte, error) {
	return json.Marshal(shownEntry{Key: e.Key, Value: e.Value, Origin: e.Origin.String(), Default: e.Default(), Instead: e.Instead})
}

// UnmarshalJSON reads an entry as it is shown.
func (e *Entry) UnmarshalJSON(text []byte) error {
	var shown shownEntry
	if err := json.Unmarshal(text, &shown); err != nil {
		return err
	}
	*e = Entry{Key: shown.Key, Value: shown.Value, Origin: document.Place{Source: shown.Origin}, Instead: shown.Instead}
	return nil
}

// Digest of the keys and values, in hexadecimal.
func Digest(entries []Entry) string {
	hash := sha256.New()
	for _, e := range entries {
		_, _ = fmt.Fprintf(hash, "%s: %s\n", e.Key, e.Value)
	}
	return hex.EncodeToString(hash.Sum(nil))
}
