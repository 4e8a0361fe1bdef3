// Package status says what a service is doing. [github.com/gind/gind.Status] is its
// Status: what "gind status --json" prints, GET /status on the control socket
// answers, and Service.Status returns.
package status

import "time"

// Status is a snapshot of a service. Fields are only ever added: a client skips
// what it does not know, and a service leaves out what it does not have.
type Status struct {
	Name    string    `json:"name"`
	Version string    `json:"version"`
	PID     int       `json:"pid"`
	State   string    `json:"state"` // of the lifecycle: starting, ready, reloading, draining, stopped
	Since   time.Time `json:"since"` // when State began
	Started time.Time `json:"started,omitzero"`
	Line    string    `json:"line"` // the line that "systemctl status" shows

	Config    Config         `json:"config"`
	Requests  Requests       `json:"requests"`
	Listeners []Listener     `json:"listeners"`
	Checks    []Check        `json:"checks"`
	Crashes   *Crashes       `json:"crashes,omitempty"`
	Journal   map[string]any `json:"journal,omitempty"`

	Running string   `json:"running,omitempty"` // the path of the program that runs
	Starts  *Starts  `json:"starts,omitempty"`  // before this one, if they have failed
	Trial   *Trial   `json:"trial,omitempty"`   // of the program that runs, if it is on trial
	Upgrade *Upgrade `json:"upgrade,omitempty"` // the last one, if it has failed
	Program *Program `json:"program,omitempty"` // on disk, if it is another than the one that runs

	Lacks []string `json:"lacks,omitempty"` // by the unit, for a restart that nobody notices
}

// Starts are those in a row that have failed before this one, which is not known to be
// a good one until it has been ready for a while.
type Starts struct {
	Failed    int       `json:"failed"`
	Since     time.Time `json:"since"`                // when the first had failed
	Last      string    `json:"last"`                 // why the last one has
	CrashLoop bool      `json:"crash_loop,omitempty"` // so many that somebody was told
}

// Trial is what a new program is on after an upgrade.
type Trial struct {
	Until  time.Time `json:"until"`
	Before string    `json:"before"` // the program that a crash before that starts
}

// Upgrade is one that has failed: the program that it was to replace serves on, or again.
type Upgrade struct {
	Time  time.Time `json:"time"`
	Who   string    `json:"who"`   // who asked for it
	Error string    `json:"error"` // why
}

// Program is what a restart or an upgrade would start.
type Program struct {
	Path    string `json:"path"`
	Missing bool   `json:"missing,omitempty"` // there is none at the moment
}

// Config says which configuration is in force.
type Config struct {
	Version int       `json:"version"` // 1 at start, one more with each reload that changed something
	Time    time.Time `json:"time,omitzero"`
	Who     string    `json:"who,omitempty"` // who asked for it
	Files   []string  `json:"files,omitempty"`
	Pinned  int       `json:"pinned,omitempty"`  // the version that a rollback holds in force, whatever the files say
	Instead string    `json:"instead,omitempty"` // why an earlier version is in force since the start

	Unwatched string `json:"unwatched,omitempty"` // why the files are not watched, although the config says so
}

// Requests counts requests since the process started.
type Requests struct {
	Total     uint64  `json:"total"`
	InFlight  int64   `json:"in_flight"`
	PerSecond float64 `json:"per_second"`
}

// Listener is one listening socket.
type Listener struct {
	Name        string `json:"name"`
	Address     string `json:"address"`
	Activated   bool   `json:"activated"`           // passed by the service manager
	Overruled   string `json:"overruled,omitempty"` // the address in the config, where one was set and the passed socket counts instead
	TLS         bool   `json:"tls,omitempty"`
	Connections int    `json:"connections"`
}

// Crashes is what is known of the crashes of a service, over all its processes.
type Crashes struct {
	Total int       `json:"total"`
	Time  time.Time `json:"time"` // of the last one
	Last  string    `json:"last"` // its reason and place
}

// Check is the verdict of one check of health.
type Check struct {
	Name           string    `json:"name"`
	Kind           string    `json:"kind"` // live, ready or advisory
	OK             bool      `json:"ok"`
	Error          string    `json:"error,omitempty"`
	LatencySeconds float64   `json:"latency_seconds"`
	Since          time.Time `json:"since"` // when OK became what it is
	LastRun        time.Time `json:"last_run,omitzero"`
}
