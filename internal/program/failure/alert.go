package failure

import (
	"context"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/gind/gind/internal/alert"
	"github.com/gind/gind/internal/crash"
	"github.com/gind/gind/internal/settings"
)

// unitName is what a name of a service's unit may be (systemd.unit(5)).
var unitName = regexp.MustCompile(`^[A-Za-z0-9:_.\\@][A-Za-z0-9:_.\\@-]{0,239}$`)

// Service whose failures are told of.
type Service struct {
	Name string
	// Crashes has the reports of its crashes.
	Crashes crash.Folder
	// Alerts are those whom its config names.
	Alerts func(context.Context) (map[string]settings.Alert, error)
}

// Tell those in the alerts of a service that a unit has failed, or is in a crash loop. The
// report says who was told, the error who was not.
func Tell(ctx context.Context, unit string, service Service) (report string, err error) {
	if !unitName.MatchString(unit) {
		return "", fmt.Errorf("%q is no name of a unit", unit)
	}
	loop, triggered := crashLoop(unit), os.Getenv("TRIGGER_PATH") != ""
	if triggered && loop == "" { // a path unit asks, and is late
		return unit + " is in no crash loop any more: nobody is told", nil
	}
	alerts, err := service.Alerts(ctx)
	if err != nil {
		return "", err
	}
	c := call{service, unit, alerts, stateOf}
	if len(alerts) == 0 {
		return "nobody is to be told: the config has no alerts", nil
	}
	if triggered || os.Getenv("MONITOR_UNIT") == unit { // systemd asks, not somebody for a test
		return c.outlast(ctx, triggered)
	}
	if state := c.state(ctx, unit); state == "active" || state == "inactive" || state == "failed" {
		loop = "" // it is over
	}
	return c.tell(ctx, loop)
}

// call for an alert.
type call struct {
	Service
	unit   string
	alerts map[string]settings.Alert
	state  func(ctx context.Context, unit string) string // of the unit, as systemd has it
}

// tell everybody, of a crash loop if there is one.
func (c call) tell(ctx context.Context, loop string) (report string, err error) {
	targets := settings.Targets(c.alerts)
	for i := range targets {
		targets[i].Failed = say
	}
	n := c.notice(ctx, c.unit, loop)
	if err := alert.Send(ctx, targets, n); err != nil {
		return "", err
	}
	return fmt.Sprintf("told %s: %s", strings.Join(slices.Sorted(maps.Keys(c.alerts)), ", "), n.Subject()), nil
}

// say something at err to whoever reads standard error, which may be the journal.
func say(err error) {
	level := ""
	if os.Getenv("JOURNAL_STREAM") != "" {
		level = "<3>" // sd-daemon(3)
	}
	fmt.Fprintf(os.Stderr, "%s%v\n", level, err)
}
