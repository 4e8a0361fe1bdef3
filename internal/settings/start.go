package settings

import "time"

// Backoff is how long a start waits if those before it have failed.
type Backoff struct {
	// First time to wait.
	First time.Duration `yaml:"first" default:"1s" min:"10ms" max:"1h" since:"0.1"`

	// Min is the least time to wait in the end. The units allow for 20 starts a minute:
	// with less than 4 s systemd gives the service up (StartLimitBurst=).
	Min time.Duration `yaml:"min" default:"8s" min:"10ms" max:"1h" since:"0.1"`

	// Max is the most time to wait in the end.
	Max time.Duration `yaml:"max" default:"30s" min:"10ms" max:"24h" since:"0.1"`

	// Healthy is how long the service must have been ready for the sequence to begin
	// anew. If it crashes then it is started again at once, this one time.
	Healthy time.Duration `yaml:"healthy" default:"30s" min:"1s" max:"24h" since:"0.1"`
}

// CrashLoop is when somebody is told that starts fail.
type CrashLoop struct {
	// Crashes in window that are told of: starts in a row that failed, or were not
	// ready for as long as backoff.healthy says.
	Crashes int `yaml:"crashes" default:"5" min:"1" max:"1000" since:"0.1"`

	// Window in which they are counted. Five take 15 s to 37 s for their pauses, and what
	// each start takes until it fails, at most health.start_timeout.
	Window time.Duration `yaml:"window" default:"10m" min:"1s" max:"24h" since:"0.1"`
}

// Start bounds the starts that fail in a row.
type Start struct {
	// GiveUp is how long after the first that failed the service is tried again. Then
	// it stays down (exit status 69), and those in alerts are told. 0 means for ever.
	GiveUp time.Duration `yaml:"give_up" default:"0s" max:"8760h" since:"0.1"`
}
