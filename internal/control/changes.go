package control

import (
	"encoding/json"

	"github.com/gind/gind/internal/config"
)

// Changes are changes of the config as a verdict has them: it marks those that
// need a restart, and says nothing of the others.
type Changes []config.Change

type sentChange struct {
	Key     string `json:"key"`
	Old     string `json:"old"`
	New     string `json:"new"`
	Restart bool   `json:"restart,omitempty"`
}

// MarshalJSON writes the changes of a verdict.
func (c Changes) MarshalJSON() ([]byte, error) {
	sent := make([]sentChange, len(c))
	for i, change := range c {
		sent[i] = sentChange{Key: change.Key, Old: change.Old, New: change.New, Restart: !change.Live}
	}
	return json.Marshal(sent)
}

// UnmarshalJSON reads them.
func (c *Changes) UnmarshalJSON(text []byte) error {
	var sent []sentChange
	if err := json.Unmarshal(text, &sent); err != nil {
		return err
	}
	*c = nil
	for _, s := range sent {
		*c = append(*c, config.Change{Key: s.Key, Old: s.Old, New: s.New, Live: !s.Restart})
	}
	return nil
}
