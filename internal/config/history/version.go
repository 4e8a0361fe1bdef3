package history

import (
	"encoding/json"
	"time"

	"github.com/gind/gind/internal/config/document"
	"github.com/gind/gind/internal/config/entry"
)

// Version is one configuration that was in force. Secrets are hidden.
type Version struct {
	// Number counts from 1, and is that of the file.
	Number int `json:"number"`
	// Time at which it came into force, who asked for it, and the files it was read from.
	Time  time.Time `json:"time"`
	Who   string    `json:"who"`
	Files []string  `json:"files"`
	// SHA256 of the entries, as Snapshot has it.
	SHA256 string `json:"sha256"`
	// RollbackTo is the version that this one repeats; 0 if it was read from files.
	RollbackTo int `json:"rollback_to,omitempty"`
	// Pinned says in a list that a rollback holds it in force.
	Pinned bool `json:"pinned,omitempty"`
	// Good says that the service was well with it. It is the name of a file beside
	// the version's.
	Good bool `json:"good"`
	// Changes to the version before, and all keys.
	Changes []entry.Change `json:"changes"`
	Entries []entry.Entry  `json:"entries,omitempty"`
}

// versionFile is a version as its file has it.
type versionFile struct {
	Time       time.Time    `json:"time"`
	Who        string       `json:"who"`
	Files      []string     `json:"files,omitempty"`
	SHA256     string       `json:"sha256"`
	RollbackTo int          `json:"rollback_to,omitempty"`
	Changes    []keptChange `json:"changes,omitempty"`
	Entries    []keptEntry  `json:"entries"`
}

type keptChange struct {
	Key     string `json:"key"`
	Old     string `json:"old,omitempty"`
	New     string `json:"new,omitempty"`
	Live    bool   `json:"live"`
	Instead string `json:"instead,omitempty"`
}

type keptEntry struct {
	Key    string    `json:"key"`
	Value  string    `json:"value"`
	Origin keptPlace `json:"origin,omitzero"`
	Live   bool      `json:"live"`
}

type keptPlace struct {
	Source string `json:"source,omitempty"`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
}

// file of a version.
func (v *Version) file() *versionFile {
	f := &versionFile{Time: v.Time, Who: v.Who, Files: v.Files, SHA256: v.SHA256, RollbackTo: v.RollbackTo}
	for _, c := range v.Changes {
		f.Changes = append(f.Changes, keptChange(c))
	}
	for _, e := range v.Entries {
		origin := keptPlace{Source: e.Origin.Source, Line: e.Origin.Line, Column: e.Origin.Column}
		f.Entries = append(f.Entries, keptEntry{Key: e.Key, Value: e.Value, Origin: origin, Live: e.Live})
	}
	return f
}

// decodeVersion reads the text of a version's file.
func decodeVersion(text []byte) (*Version, error) {
	var f versionFile
	if err := json.Unmarshal(text, &f); err != nil {
		return nil, err
	}
	v := &Version{Time: f.Time, Who: f.Who, Files: f.Files, SHA256: f.SHA256, RollbackTo: f.RollbackTo, Changes: []entry.Change{}}
	for _, c := range f.Changes {
		v.Changes = append(v.Changes, entry.Change(c))
	}
	for _, e := range f.Entries {
		origin := document.Place{Source: e.Origin.Source, Line: e.Origin.Line, Column: e.Origin.Column}
		v.Entries = append(v.Entries, entry.Entry{Key: e.Key, Value: e.Value, Origin: origin, Live: e.Live})
	}
	return v, nil
}
