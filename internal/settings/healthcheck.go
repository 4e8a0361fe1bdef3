package settings

import (
	"time"

	"github.com/gind/gind/value"
)

// HealthCheck is one check of health. Which of its keys there are depends on its
// type: the tag "of" names the types that have a key, "needs" those that can't do
// without it.
type HealthCheck struct {
	// Type is what is asked: http (a URL), tcp (whether an address accepts), redis
	// (PING), mysql and postgres (SELECT 1), disk (free bytes and inodes), memory
	// (use and pressure of the service's cgroup and the machine), unit (whether
	// another systemd unit is active), exec (whether a command exits with 0) or
	// scheduler (whether goroutines get a processor).
	Type string `yaml:"type" enum:"http|tcp|redis|mysql|postgres|disk|memory|unit|exec|scheduler" since:"0.1"`

	// Kind says what a failure means: ready (no traffic is wanted, readyz answers
	// 503), live (the service is restarted) or advisory (it is shown, and no more).
	Kind string `yaml:"kind" default:"ready" enum:"ready|live|advisory" since:"0.1"`

	// Interval is the time between two runs. 0 means health.interval.
	Interval time.Duration `yaml:"interval" default:"0s" max:"24h" since:"0.1"`

	// Timeout is how long a run may take before it counts as failed. 0 means health.timeout.
	Timeout time.Duration `yaml:"timeout" default:"0s" max:"10m" since:"0.1"`

	// Jitter is the most that is added to the interval, at random each time. 0
	// means a tenth of the interval.
	Jitter time.Duration `yaml:"jitter" default:"0s" max:"24h" since:"0.1"`

	// Fall is how many failures in a row make the check fail.
	Fall int `yaml:"fall" default:"1" min:"1" max:"1000" since:"0.1"`

	// Rise is how many passes in a row make a failed check pass.
	Rise int `yaml:"rise" default:"1" min:"1" max:"1000" since:"0.1"`

	// Address is host:port, or "unix:" and a path (tcp, redis, mysql, postgres).
	Address string `yaml:"address" format:"address" of:"tcp redis mysql postgres" needs:"tcp redis mysql postgres" since:"0.1"`

	// User to log in as (redis, mysql, postgres).
	User string `yaml:"user" of:"redis mysql postgres" needs:"mysql postgres" since:"0.1"`

	// Password to log in with (redis, mysql, postgres). Better a reference: file:/path
	// or credential:NAME.
	Password value.Secret `yaml:"password" of:"redis mysql postgres" since:"0.1"`

	// Database to log in to (mysql, postgres). Without one postgres takes the user's name.
	Database string `yaml:"database" of:"mysql postgres" since:"0.1"`

	// TLS of the connection (redis, mysql, postgres): disable, prefer (if the server
	// offers it, any certificate), require (any certificate) or verify-full. Empty:
	// disable for redis, prefer for the others.
	TLS string `yaml:"tls" enum:"disable|prefer|require|verify-full" of:"redis mysql postgres" since:"0.1"`

	// URL to get, with http or https (http).
	URL string `yaml:"url" format:"url" of:"http" needs:"http" since:"0.1"`

	// Method of the request (http).
	Method string `yaml:"method" default:"GET" of:"http" since:"0.1"`

	// Headers of the request by name, each a secret (http).
	Headers map[string]value.Secret `yaml:"headers" of:"http" since:"0.1"`

	// Status lists the codes that pass; a redirect is not followed (http). Default: 200 to 299.
	Status []int `yaml:"status" default:"" min:"100" max:"599" of:"http" since:"0.1"`

	// Body is a regular expression (RE2) that the first 256 KiB of the answer have
	// to match (http).
	Body string `yaml:"body" of:"http" since:"0.1"`

	// MinValidity is how long the server's certificate has to be valid yet (http).
	MinValidity time.Duration `yaml:"min_validity" default:"0s" max:"8760h" of:"http" since:"0.1"`

	// Socket is the path of a Unix socket to connect to instead of the URL's host (http).
	Socket string `yaml:"socket" format:"path" of:"http" since:"0.1"`

	// CA is a PEM file of authorities to trust instead of the system's (http, redis, mysql, postgres).
	CA string `yaml:"ca" format:"path" of:"http redis mysql postgres" since:"0.1"`

	// ServerName is the name in the certificate, where it is not the address's (http, redis).
	ServerName string `yaml:"server_name" of:"http redis" since:"0.1"`

	// Insecure accepts any certificate (http).
	Insecure bool `yaml:"insecure" default:"false" of:"http" since:"0.1"`

	// Path of a file or folder on the file system to look at (disk).
	Path string `yaml:"path" format:"path" of:"disk" needs:"disk" since:"0.1"`

	// MinFree is how many bytes have to be free for others than root (disk).
	MinFree value.Bytes `yaml:"min_free" default:"0" max:"1024TiB" of:"disk" since:"0.1"`

	// MinFreePercent is the share of bytes that has to be free (disk). Without any
	// limit it is 5, of bytes and of inodes.
	MinFreePercent float64 `yaml:"min_free_percent" default:"0" min:"0" max:"100" of:"disk" since:"0.1"`

	// MinInodesPercent is the share of inodes that has to be free (disk).
	MinInodesPercent float64 `yaml:"min_inodes_percent" default:"0" min:"0" max:"100" of:"disk" since:"0.1"`

	// MaxUsedPercent is the share of memory that may be in use, of the service's
	// limit and of the machine (memory).
	MaxUsedPercent float64 `yaml:"max_used_percent" default:"95" min:"1" max:"100" of:"memory" since:"0.1"`

	// MaxStallPercent is the share of the last ten seconds that all processes of the
	// service may have waited for memory (memory).
	MaxStallPercent float64 `yaml:"max_stall_percent" default:"20" min:"1" max:"100" of:"memory" since:"0.1"`

	// Unit is the name of a systemd unit with its type, as redis-server.service (unit).
	Unit string `yaml:"unit" of:"unit" needs:"unit" since:"0.1"`

	// Command and its arguments, without a shell (exec).
	Command []string `yaml:"command" default:"" of:"exec" needs:"exec" since:"0.1"`

	// Directory that the command works in (exec). Empty: the service's.
	Directory string `yaml:"directory" format:"path" of:"exec" since:"0.1"`

	// Variables of the command's environment, each a secret, beside the service's own (exec).
	Variables map[string]value.Secret `yaml:"variables" of:"exec" since:"0.1"`

	// MaxWait is the most time that one goroutine in a hundred may wait for a
	// processor (scheduler).
	MaxWait time.Duration `yaml:"max_wait" default:"500ms" min:"1ms" max:"1m" of:"scheduler" since:"0.1"`
}
