package gind

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gind/gind/internal/alert"
	"github.com/gind/gind/internal/command"
	"github.com/gind/gind/internal/config"
	"github.com/gind/gind/internal/crash"
	"github.com/gind/gind/internal/settings"
)

// unitName is what a name of a service's unit may be (systemd.unit(5)).
var unitName = regexp.MustCompile(`^[A-Za-z0-9:_.\\@][A-Za-z0-9:_.\\@-]{0,239}$`)

// alert tells those in the config's alerts that a unit has failed.
func (p *program) alert(ctx context.Context, in command.Input, unit string) (report string, err error) {
	if !unitName.MatchString(unit) {
		return "", fmt.Errorf("%q is no name of a unit", unit)
	}
	if os.Getenv("MONITOR_UNIT") == unit && isRestarted(ctx, unit) { // systemd asks, not somebody for a test
		return unit + " is being restarted: nobody is told", nil
	}
	keys, err := p.alertSettings(ctx, in)
	if err != nil {
		return "", err
	}
	targets := targetsOf(keys.Alerts)
	if len(targets) == 0 {
		return "nobody is to be told: the config has no alerts", nil
	}
	n := p.notice(ctx, unit)
	if err := alert.Send(ctx, targets, n); err != nil {
		return "", err
	}
	return fmt.Sprintf("told %s: %s", strings.Join(slices.Sorted(maps.Keys(keys.Alerts)), ", "), n.Subject()), nil
}

// alertSettings are the settings as they can be had: a bad config may be why the
// unit has failed. What is wrong elsewhere does not count; where there is nothing
// to be read at all, the last good version says who is told.
func (p *program) alertSettings(ctx context.Context, in command.Input) (*settings.Settings, error) {
	history := config.WithHistory(&config.History{Dir: historyDir(p.options.name)})
	store, err := config.Open(ctx, p.loader(in))
	if err != nil {
		return nil, configError(err)
	}
	keys := keysOf(store.Current())
	if len(keys.Alerts) > 0 || store.Trouble() == nil {
		return keys, nil
	}
	earlier, err := config.Open(ctx, p.loader(in), history, config.WithFallback(func(*config.Snapshot) bool { return true }))
	if err != nil {
		return nil, configError(err)
	}
	return keysOf(earlier.Current()), nil
}

// targetsOf the alerts. One that is not whole is passed over: who can be told is.
func targetsOf(alerts map[string]settings.Alert) []alert.Target {
	var targets []alert.Target
	for _, name := range slices.Sorted(maps.Keys(alerts)) {
		if via := viaOf(alerts[name]); via != nil {
			targets = append(targets, alert.Target{Name: name, Via: via, Timeout: alerts[name].Timeout, RetryFor: alerts[name].RetryFor})
		}
	}
	return targets
}

// badAlerts are those that could tell nobody.
func badAlerts(s *config.Snapshot) (mistakes []*config.Mistake) {
	keys, ok := s.Value().(*settings.Settings)
	if !ok {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(keys.Alerts)) {
		for _, address := range keys.Alerts[name].To {
			if err := alert.CheckAddress(address); err != nil {
				mistakes = append(mistakes, s.Mistake("alerts."+name+".to", "%v", err))
			}
		}
		if from := keys.Alerts[name].From; from != "" {
			if err := alert.CheckAddress(from); err != nil {
				mistakes = append(mistakes, s.Mistake("alerts."+name+".from", "%v", err))
			}
		}
	}
	return mistakes
}

func viaOf(a settings.Alert) alert.Via {
	switch a.Type {
	case "command":
		return alert.Command{Args: a.Command}
	case "webhook":
		return alert.Webhook{URL: a.URL.Reveal(), Header: revealed(a.Headers)}
	case "mail":
		return alert.Mail{To: a.To, From: a.From, Sendmail: a.Sendmail}
	}
	return nil
}

// notice is what is known of a unit that has failed.
func (p *program) notice(ctx context.Context, unit string) alert.Notice {
	host, _ := os.Hostname()
	n := alert.Notice{Unit: unit, Host: host, Time: time.Now()}
	unknown := failureOf(ctx, unit, &n)
	records, err := lastRecords(ctx, unit)
	if err = errors.Join(unknown, err); err != nil {
		n.Records = []string{err.Error()}
	}
	n.Records = append(n.Records, linesOf(records)...)
	n.Reason = cmp.Or(reasonIn(records), describeEnd(n))
	if r := p.lastCrash(unit); r != nil {
		n.Dump = r.Path
		if r.Kind != crash.Killed {
			n.Reason = r.String()
		}
	}
	return n
}

func describeEnd(n alert.Notice) string {
	return fmt.Sprintf("the main process %s, status %d", cmp.Or(n.ExitCode, "ended"), n.ExitStatus)
}

// crashAge is how long after a crash it is still taken for the reason.
const crashAge = 10 * time.Minute

// lastCrash is the report of the last process, if that crashed; the next one, which
// would make it, does not come.
func (p *program) lastCrash(unit string) *crash.Report {
	if strings.TrimSuffix(unit, ".service") != p.options.name {
		return nil
	}
	folder := crashFolder(p.options.name)
	_, _ = folder.Sweep()
	r, _, err := folder.Read(folder.Total())
	if err != nil || time.Since(r.Ended) > crashAge {
		return nil
	}
	return &r
}

// record is an entry of the journal.
type record struct {
	Message   any    `json:"MESSAGE"` // text, or bytes as numbers
	Priority  string `json:"PRIORITY"`
	PID       string `json:"_PID"`
	Name      string `json:"SYSLOG_IDENTIFIER"`
	Timestamp string `json:"__REALTIME_TIMESTAMP"` // microseconds since 1970
}

func (r record) text() string {
	text, ok := r.Message.(string)
	if !ok {
		return "(not text)"
	}
	return text
}

// maxJournal is how much of journalctl's output is read.
const maxJournal = 4 << 20

// lastRecords of a unit's log, systemd's own about it included.
func lastRecords(ctx context.Context, unit string) (list []record, err error) {
	ctx, cancel := context.WithTimeout(ctx, settleTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, "journalctl", "--unit="+unit, "--lines=50", "--output=json", "--no-pager", "--quiet")
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("the log can't be read: journalctl: %w", err)
	}
	for line := range bytes.Lines(out[:min(len(out), maxJournal)]) {
		var r record
		if json.Unmarshal(line, &r) == nil {
			list = append(list, r)
		}
	}
	return list, nil
}

// linesOf records, each as "2026-01-02T15:04:05Z gind[123]: ready".
func linesOf(records []record) []string {
	lines := make([]string, len(records))
	for i, r := range records {
		microseconds, _ := strconv.ParseInt(r.Timestamp, 10, 64)
		lines[i] = fmt.Sprintf("%s %s[%s]: %s", time.UnixMicro(microseconds).UTC().Format(time.RFC3339), r.Name, r.PID, r.text())
	}
	return lines
}

// reasonIn is the last error that the unit itself logged.
func reasonIn(records []record) string {
	for _, r := range slices.Backward(records) {
		if r.PID != "1" && r.Priority != "" && r.Priority <= "3" {
			return r.text()
		}
	}
	return ""
}
