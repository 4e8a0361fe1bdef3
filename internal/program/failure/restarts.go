package failure

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gind/gind/internal/paths"
	"github.com/gind/gind/internal/service/attempts"
)

// lookInterval is how often a unit is looked at that systemd starts again.
const lookInterval = time.Second

// outlast a unit that systemd starts again until it is known how that ends: from 254 on
// OnFailure= comes with each failure, and the last one starts nothing while this goes on
// for an earlier one. A crash loop that begins meanwhile is told, or that is why this was
// started.
func (c call) outlast(ctx context.Context, looping bool) (report string, err error) {
	begun := time.Now().Add(-lookInterval) // the clock of files is a coarse one
	for told := false; ; {
		if loop := crashLoop(c.unit); loop != "" && !told && (looping || attempts.LoopBegan(runtimeOf(c.unit)).After(begun)) {
			told = true
			if report, err = c.tell(ctx, loop); err != nil {
				say(err)
			}
		}
		switch state := c.state(ctx, c.unit); {
		case state == "activating" || state == "deactivating":
			forgetFirst()
		case state == "active" || state == "reloading":
			return joined(report, c.unit+" has been started again"), nil
		case state == "inactive":
			return joined(report, c.unit+" has been stopped"), nil
		case state == "" && told:
			return report, err // nobody knows how it goes on
		default:
			last, err := c.tell(ctx, "")
			return joined(report, last), err
		}
		select {
		case <-time.After(lookInterval):
		case <-ctx.Done():
			return report, context.Cause(ctx)
		}
	}
}

// forgetFirst forgets what systemd has said of the failure that this was started for: it
// is not the last one.
func forgetFirst() {
	for _, name := range []string{"MONITOR_SERVICE_RESULT", "MONITOR_EXIT_CODE", "MONITOR_EXIT_STATUS"} {
		_ = os.Unsetenv(name)
	}
}

func joined(lines ...string) string { return strings.TrimSpace(strings.Join(lines, "\n")) }

// crashLoop says how a unit is in one; empty if it is not, or it is not known.
func crashLoop(unit string) string { return attempts.CrashLoop(runtimeOf(unit)) }

// runtimeOf a unit is the folder with the record of its starts. A path unit that asks
// names a file in it (systemd.exec(5), $TRIGGER_PATH).
func runtimeOf(unit string) string {
	if file := os.Getenv("TRIGGER_PATH"); file != "" {
		return filepath.Dir(file)
	}
	return paths.Runtime(strings.TrimSuffix(unit, ".service"))
}
