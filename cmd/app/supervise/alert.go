package supervise

import (
	"context"
	"os"

	"github.com/gind/gind/internal/alert"
	"github.com/gind/gind/internal/settings"
	"github.com/gind/gind/internal/supervise"
)

// alert tells those in the file's alerts that a program is not restarted any more.
func (s *service) alert(ctx context.Context, a supervise.Alert) {
	alerts := s.alerts.Load()
	if alerts == nil || len(*alerts) == 0 {
		return // the record at crit is all
	}
	failed := func(err error) {
		s.log.Error("an alert could not be delivered: "+err.Error(), "program", a.Program, "error", err)
	}
	targets := settings.Targets(*alerts)
	for i := range targets {
		targets[i].Failed = failed
	}
	if err := alert.Send(ctx, targets, notice(a)); err != nil {
		failed(err)
	}
}

func notice(a supervise.Alert) alert.Notice {
	host, _ := os.Hostname() // a notice without one is better than none
	n := alert.Notice{
		Unit: a.Program, Host: host, Result: "crash-loop", ExitStatus: a.ExitStatus, ExitCode: "exited",
		Restarts: a.Crashes - 1, Reason: a.Reason, Time: a.Time, Records: a.Lines,
		Remedy: "gind supervise resume " + a.Program,
	}
	if a.Ended {
		n.Remedy = "" // there is nobody to resume it
	}
	if a.ExitStatus > 128 {
		n.ExitStatus, n.ExitCode = a.ExitStatus-128, "killed"
	}
	return n
}
