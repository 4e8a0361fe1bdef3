package control

import "github.com/gind/gind/internal/config"

// Verdict is the answer to POST /reload, and to whatever else is asked of a
// service that it may refuse.
type Verdict struct {
	OK   bool   `json:"ok"`
	Text string `json:"text"` // one line for people: what happened, or why not

	// Version of the configuration that is in force afterwards.
	Version int `json:"version,omitempty"`

	// Changes are the keys whose values differ, when OK.
	Changes Changes `json:"changes,omitempty"`

	// Mistakes are the reasons, when not OK.
	Mistakes []*config.Mistake `json:"mistakes,omitempty"`
}
