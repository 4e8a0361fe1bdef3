package control

// Verdict is the answer to POST /reload, and to whatever else is asked of a
// service that it may refuse.
type Verdict struct {
	OK   bool   `json:"ok"`
	Text string `json:"text"` // one line for people: what happened, or why not

	// Version of the configuration that is in force afterwards.
	Version int `json:"version,omitempty"`

	// Changes are the keys whose values differ, when OK.
	Changes []Change `json:"changes,omitempty"`

	// Mistakes are the reasons, when not OK.
	Mistakes []Mistake `json:"mistakes,omitempty"`
}

// Change is one configuration key with a new value. Secrets are blanked by
// whoever fills it in.
type Change struct {
	Key     string `json:"key"`
	Old     string `json:"old"`
	New     string `json:"new"`
	Restart bool   `json:"restart,omitempty"` // takes effect only with a restart
}
