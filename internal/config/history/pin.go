package history

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Pin is a rollback that is kept: the version is in force, also after a restart,
// until what the sources say changes.
type Pin struct {
	// Version that is in force, and the earlier one that it repeats.
	Version    int `json:"version"`
	RollbackTo int `json:"rollback_to"`
	// Time of the rollback, who asked for it, and why if nobody did.
	Time   time.Time `json:"time"`
	Who    string    `json:"who"`
	Reason string    `json:"reason,omitempty"`

	Said Said `json:"said"`
}

func (h *History) pinPath() string { return filepath.Join(h.Dir, "pin.json") }

// Pin is the rollback that is kept; nil if there is none. Whether it counts
// depends on what the sources say: see [Pin.Holds].
func (h *History) Pin() (*Pin, error) {
	text, err := os.ReadFile(h.pinPath())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("config: history: %w", err)
	}
	p := &Pin{}
	if err := json.Unmarshal(text, p); err != nil {
		return nil, fmt.Errorf("config: history: %s is damaged: %w", h.pinPath(), err)
	}
	return p, nil
}

// SetPin keeps a rollback, in place of the one before.
func (h *History) SetPin(p *Pin) error {
	if err := os.MkdirAll(h.Dir, 0o700); err != nil {
		return fmt.Errorf("config: history: %w", err)
	}
	temporary, err := h.writeNew(p)
	if err != nil {
		return err
	}
	return h.rename(temporary, h.pinPath())
}

// RemovePin ends the rollback that is kept, if there is one.
func (h *History) RemovePin() error {
	err := os.Remove(h.pinPath())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("config: history: %w", err)
	}
	return h.sync()
}

// Holds reports whether the sources say what they said when the rollback was
// made. While the schema is open, the variables are not all known.
func (p *Pin) Holds(now Said, open bool) bool {
	if open {
		return p.Said.Files == now.Files
	}
	return p.Said == now
}
