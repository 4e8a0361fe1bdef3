// Package command is the command line that every gind program has: one file a
// subcommand, flags by pflag and cobra, and the exit statuses. It knows what is
// printed and where; what a command does, it is handed as functions.
package command

import (
	"context"
	"io"
	"time"

	"github.com/gind/gind/internal/config"
)

// Program is what the command line is made for.
type Program struct {
	// Name of the program, as in "gind reload".
	Name string
	// Short says in one line what the program is.
	Short string
	// Build is what "version" prints.
	Build Build
	// ConfigFile is the default of --config.
	ConfigFile string

	// Serve runs the service until it is told to stop.
	Serve func(context.Context, Input) error
	// Check says what is wrong with the config, or nothing, and what may be wrong here.
	Check func(context.Context, Input) (warnings []*config.Mistake, err error)
	// Show lists the merged config.
	Show func(context.Context, Input) ([]config.Entry, error)
	// Schema is the JSON Schema of the config.
	Schema func(context.Context, Input) ([]byte, error)
	// History of the config, which can be read while the service does not run.
	History func(Input) (History, error)
	// Crashes of the service, which can be read while it does not run.
	Crashes func(Input) (Crashes, error)
	// Alert tells that a unit has failed. The report says who was told, the error
	// who was not.
	Alert func(ctx context.Context, in Input, unit string) (report string, err error)
	// Port says on which port systemd listens for the service, or with a wanted one has
	// it listen there.
	Port func(ctx context.Context, in Input, wanted string) (report string, err error)
	// Manage has the machine's service manager do what is asked.
	Manage func(ctx context.Context, in Input, request ManageRequest) (report string, err error)
	// Logs prints what the service has logged.
	Logs func(context.Context, Input, LogRequest) error
	// Service reaches the running service over its control socket.
	Service func(Input) (Service, error)

	// Own are commands that this program has and others have not.
	Own []Own

	// Out and Err are where commands print; the standard streams in a program.
	Out, Err io.Writer
}

// Input is what flags say.
type Input struct {
	// ConfigFile to read; Explicit when a flag names it, and it has to exist then.
	ConfigFile string
	Explicit   bool
	// Values of single keys, and the flag each came from.
	Values map[string]Value
	// ControlSocket to talk to; empty means the default one.
	ControlSocket string
}

// Value of a key that a flag set.
type Value struct {
	Text string
	Flag string
}

// AllLines is LogRequest.Lines without a bound.
const AllLines = -1

// LogRequest says which records are wanted, and how.
type LogRequest struct {
	// Level is the name of the least level; empty for all.
	Level string
	// Since bounds the time; a zero one does not.
	Since time.Time
	// Lines is how many of the last ones are wanted; AllLines for all.
	Lines int
	// Follow waits for more, until the context ends.
	Follow bool
	// JSON is one object a line; else text for people, in colour or not.
	JSON, Color bool

	// Out is where records go, Note what is to be said beside them.
	Out  io.Writer
	Note func(text string)
}

// Actions that a service manager is asked for.
const (
	ManageInstall   = "install"
	ManageUninstall = "uninstall"
	ManageStart     = "start"
	ManageStop      = "stop"
	ManageReload    = "reload"
	ManageStatus    = "status"
)

// ManageRequest says what is asked of a service manager.
type ManageRequest struct {
	// Action is one of the constants, Name that of the service.
	Action, Name string
	// Account that a service is to run as; empty for the usual one.
	Account string
	// DryRun has nothing done but the report.
	DryRun bool
}

// Service is a running service, seen through its control socket.
type Service interface {
	// Reload returns when the service has read its config again, with the
	// service's own words, and an error when it refused.
	Reload(context.Context) (report string, err error)
	// Rollback returns when a version of the config's history is in force, or with
	// release what the files say; version 0 is the last good one before this.
	Rollback(ctx context.Context, version int, release bool) (report string, err error)
	// Config lists what is in force, which flags and a rollback may have made
	// another than the files say.
	Config(context.Context) ([]config.Entry, error)
	// Upgrade returns when a successor serves, with the service's own words, and
	// an error when none does and the service goes on as it was.
	Upgrade(context.Context, Upgrade) (report string, err error)
	// Status is the state as text for people, and as a value for JSON.
	Status(context.Context) (text string, value any, err error)
}

// Own is a command of the program itself. It reads its own flags, "--help" included.
type Own struct {
	Name, Short string
	// Run gets what follows the name. Its error is printed, unless it is
	// [Reported], and sets the exit status: see [Usage], [ConfigError], and the
	// method ExitStatus() int that an error may have.
	Run func(ctx context.Context, args []string) error
	// Complete says what a shell may make of the word begun, which follows args:
	// words, each with a description behind a tab if it has one, and whether names of
	// files will do too. May be nil: names of files will do.
	Complete func(ctx context.Context, args []string, begun string) (words []string, files bool)
}

// Build says which program this is.
type Build struct {
	Version string    `json:"version"`
	Commit  string    `json:"commit,omitempty"`
	Date    time.Time `json:"date,omitzero"`
}
