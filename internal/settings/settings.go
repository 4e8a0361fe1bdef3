// Package settings names the keys of gind.yaml: their Go types, defaults,
// bounds and meaning. It is the only place that knows them; the rooms below
// are handed plain values and the config package knows only how to read tags.
//
// A new key is a field here and "go generate": the reference page, the JSON
// Schema and the shipped file are written from the fields, their tags and their
// comments, and a test holds all of them against each other. Then hand it on in
// internal/wiring (live keys of the server: server.Limits), or it does nothing;
// a test finds the key that nobody reads. What since has to say is the first
// release that tools/version knows.
//
// Tags, read by internal/config:
//
//	yaml     the key's name
//	default  the value when no layer sets it, written as in the file
//	min,max  inclusive bounds, written as in the file
//	enum     the allowed words, separated by "|"
//	format   what a string has to be: "address" (host:port), "cidr", "origin", "path"
//	reload   "live" (default) or "restart": when a changed value takes effect
//	since    the first release that has the key
//
// The doc comment of a field is its documentation, in the schema, in the shipped
// file and in docs/config.md too.
package settings

//go:generate go run ./generate

import (
	"time"

	"github.com/gind/gind/value"
)

// Settings is the whole of gind.yaml, the application's own sections aside.
type Settings struct {
	// Environment the service runs in: production, development, test, or a name of
	// one's own, as staging. Its overlay is read (gind.staging.yaml beside
	// gind.yaml). Only in development and test is Gin in its mode of that name and
	// are the checks less strict; everywhere else they are those of production.
	Environment string `yaml:"environment" default:"production" format:"name" reload:"restart" since:"0.1"`

	// Listeners by name. A socket that systemd passes under the same name
	// (FileDescriptorName=) takes the place of the address. Without any there is
	// one, http, on 127.0.0.1:8080.
	Listeners map[string]Listener `yaml:"listeners" since:"0.1"`

	// Server has the time and size limits of every request.
	Server Server `yaml:"server"`

	// Static files, served where no route of the application matches.
	Static Static `yaml:"static"`

	// CORS is the cross-origin policy. Without an origin in the list no
	// cross-origin header is sent.
	CORS CORS `yaml:"cors"`

	// Log says what is logged, and where to.
	Log Log `yaml:"log"`

	// Health has the checks, and the defaults of all of them.
	Health Health `yaml:"health"`

	// Alerts by name: who is told when the service is in a crash loop, or has failed
	// and is given up (gind-alert@.service).
	Alerts map[string]Alert `yaml:"alerts" since:"0.1"`

	// Backoff is how long a start waits if those before it have failed: first, twice
	// that, and so on while it is less than min, and then a random time from min to max.
	// With the defaults that is 1 s, 2 s, 4 s, and then 8 s to 30 s. It does not wait if
	// somebody asks for it, or if the config or the program is another.
	Backoff Backoff `yaml:"backoff"`

	// CrashLoop is when somebody is told that starts fail: it is logged at crit, and
	// those in alerts are told. The service goes on trying; see start.give_up.
	CrashLoop CrashLoop `yaml:"crash_loop"`

	// Start bounds the starts that fail in a row.
	Start Start `yaml:"start"`

	// Drain bounds the time between SIGTERM and exit.
	Drain Drain `yaml:"drain"`

	// Upgrade bounds the start of a successor, and its trial.
	Upgrade Upgrade `yaml:"upgrade"`

	// Control is the socket that "gind reload" and "gind status" talk to.
	Control Control `yaml:"control"`

	// Config says how this config itself is treated.
	Config Config `yaml:"config"`
}

// Listener is one address that requests come from.
type Listener struct {
	// Address to bind where systemd passes no socket of this name, as
	// host:port, or "unix:" and a path. "127.0.0.1:8080" is reached from this
	// machine only, ":8080" from everywhere. An IPv6 address needs quotes, as
	// "[::1]:8080": a bracket begins a list. A reload binds the new address before
	// it lets go of the old one; one that overlaps with it, as ":8081" and "127.0.0.1:8081",
	// waits for a restart.
	Address string `yaml:"address" format:"address" since:"0.1"`

	// Certificate is a PEM file with the certificate and its chain. With a
	// certificate the listener speaks TLS, HTTP/2 included.
	Certificate string `yaml:"certificate" format:"path" since:"0.1"`

	// Key is the PEM file of the certificate's private key.
	Key string `yaml:"key" format:"path" since:"0.1"`
}

// Server has the time and size limits of every request.
type Server struct {
	// ReadHeaderTimeout bounds the time a client may take to send a request's
	// header. A change counts for new connections.
	ReadHeaderTimeout time.Duration `yaml:"read_header_timeout" default:"10s" min:"100ms" max:"10m" since:"0.1"`

	// ReadTimeout bounds the time a client may take to send a whole request, body included.
	ReadTimeout time.Duration `yaml:"read_timeout" default:"60s" min:"100ms" max:"24h" since:"0.1"`

	// WriteTimeout bounds the time from the end of a request's header to the end
	// of its response; one that is later is cut off. Of a stream it bounds each
	// write; other handlers extend it for themselves (http.ResponseController).
	WriteTimeout time.Duration `yaml:"write_timeout" default:"60s" min:"100ms" max:"24h" since:"0.1"`

	// IdleTimeout is how long an idle keep-alive connection is kept. A change
	// counts for new connections.
	IdleTimeout time.Duration `yaml:"idle_timeout" default:"2m" min:"1s" max:"24h" since:"0.1"`

	// HandlerTimeout ends the context of a request; a handler that then returns
	// without a response gets 503. 0 means no limit. It does not count any more once
	// a handler answers with Content-Type: text/event-stream, uses
	// gin.Context.Stream or takes the connection over (WebSocket).
	HandlerTimeout time.Duration `yaml:"handler_timeout" default:"30s" max:"24h" since:"0.1"`

	// MaxHeader is the largest request header; a larger one gets 431. A change
	// counts for new connections.
	MaxHeader value.Bytes `yaml:"max_header" default:"64KiB" min:"4KiB" max:"16MiB" since:"0.1"`

	// MaxBody is the largest request body; a larger one gets 413. 0 means no limit.
	MaxBody value.Bytes `yaml:"max_body" default:"10MiB" max:"1TiB" since:"0.1"`

	// TrustedProxies are the addresses and networks (10.0.0.0/8) whose X-Forwarded-For
	// is believed, and X-Forwarded-Host where CORS asks for the origin. The word unix
	// stands for whoever connects to a Unix socket. Default: none.
	TrustedProxies []string `yaml:"trusted_proxies" reload:"restart" since:"0.1"`
}

// Static files, served where no route of the application matches.
type Static struct {
	// Root is the folder to serve. Empty: what the program has built in. Another folder
	// that takes its place, or a link there that is switched, is followed with the next
	// request. Links inside that lead out are not.
	Root string `yaml:"root" format:"path" since:"0.1"`

	// SPA answers a path that has no file with index.html, for single-page applications.
	SPA bool `yaml:"spa" default:"false" since:"0.1"`
}

// CORS is the cross-origin policy.
type CORS struct {
	// AllowOrigins lists the origins that may read responses, as
	// "https://app.example.org": in full, without a wildcard, and without the port
	// that goes without saying. "*" means everybody and is refused in production.
	AllowOrigins []string `yaml:"allow_origins" format:"origin" since:"0.1"`

	// AllowMethods lists the methods of cross-origin requests.
	AllowMethods []string `yaml:"allow_methods" default:"GET,HEAD,POST,PUT,PATCH,DELETE" since:"0.1"`

	// AllowHeaders lists the request headers that are allowed beside the safe ones.
	AllowHeaders []string `yaml:"allow_headers" default:"Content-Type,X-Request-ID,Traceparent" since:"0.1"`

	// AllowCredentials allows cookies, and the credentials that a browser itself
	// remembers. A header that a script sets is another matter: name Authorization in
	// allow_headers, or the preflight request fails.
	AllowCredentials bool `yaml:"allow_credentials" default:"false" since:"0.1"`

	// MaxAge is how long a browser may remember the answer to a preflight request.
	MaxAge time.Duration `yaml:"max_age" default:"10m" max:"24h" since:"0.1"`
}

// Log says what is logged, and where to.
type Log struct {
	// Level is the least level that is logged.
	Level string `yaml:"level" default:"info" enum:"debug|info|notice|warn|error|crit|alert|emerg" since:"0.1"`

	// Access logs one record a request: 5xx as err, 4xx as warning, the rest as info.
	Access bool `yaml:"access" default:"true" since:"0.1"`

	// Rate is how many records a second below notice the journal gets; the rest go
	// to the mirror alone, but for those with a MESSAGE_ID. 0 means no limit.
	Rate int `yaml:"rate" default:"500" min:"0" max:"1000000" since:"0.1"`

	// Replay sends the records that went to the mirror while the journal did not
	// take any to the journal once it does, with their own times.
	Replay bool `yaml:"replay" default:"false" since:"0.1"`

	// Target is where records go: auto is the journal where systemd runs the
	// service, else text on a terminal, else JSON lines on standard error.
	Target string `yaml:"target" default:"auto" enum:"auto|journal|text|json" since:"0.1"`

	// Directory of the mirror: debug.log, info.log, warn.log and error.log.
	// Empty: $LOGS_DIRECTORY, and no mirror without it.
	Directory string `yaml:"directory" format:"path" since:"0.1"`

	// Mirror says when records go to the files: fallback (only what the journal
	// does not take), always, or off.
	Mirror string `yaml:"mirror" default:"fallback" enum:"fallback|always|off" since:"0.1"`

	// MirrorFormat is the format of the files.
	MirrorFormat string `yaml:"mirror_format" default:"json" enum:"json|logfmt" since:"0.1"`

	// MirrorMaxSize is the size at which a file is rotated, 1MiB or more. 0 leaves
	// the files to others (logrotate), whatever their age and size.
	MirrorMaxSize value.Bytes `yaml:"mirror_max_size" default:"64MiB" min:"0" max:"16GiB" since:"0.1"`

	// MirrorMaxAge is how long rotated files are kept.
	MirrorMaxAge time.Duration `yaml:"mirror_max_age" default:"168h" min:"1h" max:"8760h" since:"0.1"`

	// MirrorMaxTotal bounds the disk use of all files together.
	MirrorMaxTotal value.Bytes `yaml:"mirror_max_total" default:"1GiB" min:"4MiB" max:"1TiB" since:"0.1"`
}

// Health has the checks, and the defaults of all of them.
type Health struct {
	// Interval is the time between two runs of a check that does not say itself. For
	// those under checks a reload is enough.
	Interval time.Duration `yaml:"interval" default:"10s" min:"100ms" max:"24h" reload:"restart" since:"0.1"`

	// Timeout is how long a check may take before it counts as failed, if it does not
	// say itself. For those under checks a reload is enough.
	Timeout time.Duration `yaml:"timeout" default:"5s" min:"10ms" max:"10m" reload:"restart" since:"0.1"`

	// StartTimeout is how long the ready-checks may take to pass for the first time.
	StartTimeout time.Duration `yaml:"start_timeout" default:"60s" min:"1s" max:"24h" reload:"restart" since:"0.1"`

	// Verbose shows everybody in /readyz?verbose, /healthz?verbose and /livez?verbose
	// why a check fails. Else only clients on this machine that come through no proxy
	// see it: reasons name hosts, users and files. "gind status" always has them.
	Verbose bool `yaml:"verbose" default:"false" since:"0.1"`

	// Checks by name, beside those of the application. They are added, changed and
	// removed by a reload.
	Checks map[string]HealthCheck `yaml:"checks" since:"0.1"`
}

// Drain bounds the time between SIGTERM and exit.
type Drain struct {
	// Delay is the least time that everything is still served while readyz
	// already answers 503, for load balancers that poll it.
	Delay time.Duration `yaml:"delay" default:"0s" max:"10m" since:"0.1"`

	// Timeout is the most time that requests may take to finish. Meanwhile
	// everything is served, so that nobody waits for somebody else's request.
	Timeout time.Duration `yaml:"timeout" default:"30s" min:"100ms" max:"24h" since:"0.1"`

	// Freeze is the time after that in which nothing new is read: connections that
	// are idle leave for the next process, and a request that still runs is cut off. One
	// that began no longer before it may well be short, and has twenty times as long.
	Freeze time.Duration `yaml:"freeze" default:"250ms" max:"1h" since:"0.1"`

	// LameDuck is an earlier name of timeout; the longer one counts.
	LameDuck time.Duration `yaml:"lame_duck" default:"0s" max:"1h" since:"0.1"`
}

// Patience is the most time that requests may take to finish.
func (d Drain) Patience() time.Duration { return max(d.Timeout, d.LameDuck) }

// Upgrade bounds the start of a successor, and its trial.
type Upgrade struct {
	// Timeout is how long a successor may take to become ready. After it the
	// successor is killed and the running process goes on.
	Timeout time.Duration `yaml:"timeout" default:"60s" min:"100ms" max:"24h" since:"0.1"`

	// Confirm is how long a new program is on trial after an upgrade, where the unit
	// starts it through a link: if it crashes within that time, the program before
	// it is started again. 0: it is taken at once.
	Confirm time.Duration `yaml:"confirm" default:"30s" max:"24h" since:"0.1"`
}

// Control is the socket that "gind reload" and "gind status" talk to.
type Control struct {
	// Socket is the path of the control socket. Empty: control.sock in
	// $RUNTIME_DIRECTORY, and no control socket without it.
	Socket string `yaml:"socket" format:"path" reload:"restart" since:"0.1"`
}

// Config says how the config itself is treated.
type Config struct {
	// Watch reloads by itself when a file of the config, a certificate or a secret
	// changes. A bad file is logged and changes nothing.
	Watch bool `yaml:"watch" default:"false" since:"0.1"`

	// Confirm is how long a reload is on trial: a ready-check that passed before
	// and fails within it puts the former config back. 0 means no trial.
	Confirm time.Duration `yaml:"confirm" default:"10s" max:"10m" since:"0.1"`

	// FallbackToLastGood starts the service with the last config that was in force
	// when the present one is bad.
	FallbackToLastGood bool `yaml:"fallback_to_last_good" default:"true" since:"0.1"`

	// Dotenv reads the file .env also where the environment is not development.
	Dotenv bool `yaml:"dotenv" default:"false" since:"0.1"`
}
