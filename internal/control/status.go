package control

import (
	"time"

	"github.com/gind/gind/internal/config"
)

// Status is the answer to GET /status. Fields are only ever added: a client
// skips what it does not know, and a server leaves out what it does not have.
type Status struct {
	Name    string    `json:"name"`
	Version string    `json:"version"`
	PID     int       `json:"pid"`
	State   string    `json:"state"` // of the lifecycle: starting, ready, reloading, draining, stopped
	Since   time.Time `json:"since"` // when State began
	Started time.Time `json:"started,omitzero"`
	Line    string    `json:"line"` // the line that "systemctl status" shows

	Config    ConfigStatus     `json:"config"`
	Requests  RequestStatus    `json:"requests"`
	Listeners []ListenerStatus `json:"listeners"`
	Checks    []CheckStatus    `json:"checks"`
	Crashes   *CrashStatus     `json:"crashes,omitempty"`
	Journal   map[string]any   `json:"journal,omitempty"`
}

// ConfigStatus says which configuration is in force.
type ConfigStatus struct {
	Version int       `json:"version"` // 1 at start, one more with each reload that changed something
	Time    time.Time `json:"time,omitzero"`
	Who     string    `json:"who,omitempty"` // who asked for it
	Files   []string  `json:"files,omitempty"`
	Pinned  int       `json:"pinned,omitempty"`  // the version that a rollback holds in force, whatever the files say
	Instead string    `json:"instead,omitempty"` // why an earlier version is in force since the start
}

// RequestStatus counts requests since the process started.
type RequestStatus struct {
	Total     uint64  `json:"total"`
	InFlight  int64   `json:"in_flight"`
	PerSecond float64 `json:"per_second"`
}

// ListenerStatus is one listening socket.
type ListenerStatus struct {
	Name        string `json:"name"`
	Address     string `json:"address"`
	Activated   bool   `json:"activated"` // passed by the service manager
	TLS         bool   `json:"tls,omitempty"`
	Connections int    `json:"connections"`
}

// CrashStatus is what is known of the crashes of a service, over all its processes.
type CrashStatus struct {
	Total int       `json:"total"`
	Time  time.Time `json:"time"` // of the last one
	Last  string    `json:"last"` // its reason and place
}

// CheckStatus is the verdict of one check of health.
type CheckStatus struct {
	Name           string    `json:"name"`
	Kind           string    `json:"kind"` // live, ready or advisory
	OK             bool      `json:"ok"`
	Error          string    `json:"error,omitempty"`
	LatencySeconds float64   `json:"latency_seconds"`
	Since          time.Time `json:"since"` // when OK became what it is
	LastRun        time.Time `json:"last_run,omitzero"`
}

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
