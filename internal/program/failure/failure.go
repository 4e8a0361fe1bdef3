package failure

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gind/gind/internal/alert"
	"github.com/gind/gind/internal/crash"
)

// askTime is how long systemd, or the journal, may take to answer.
const askTime = 5 * time.Second

// notice is what is known of a unit that has failed, or is in a crash loop.
func (s Service) notice(ctx context.Context, unit, loop string) alert.Notice {
	host, _ := os.Hostname()
	n := alert.Notice{Unit: unit, Host: host, Time: time.Now(), Remedy: "systemctl reset-failed " + unit + " && systemctl start " + unit}
	unknown := failureOf(ctx, unit, &n)
	records, err := lastRecords(ctx, unit)
	if err = errors.Join(unknown, err); err != nil {
		n.Records = []string{err.Error()}
	}
	n.Records = append(n.Records, linesOf(records)...)
	if loop != "" {
		n.CrashLoop, n.Test, n.Result, n.Reason, n.Remedy = true, false, "crash-loop", loop, ""
		n.ExitCode, n.ExitStatus = "", 0 // of one that waits now
		if r := s.lastCrash(unit); r != nil {
			n.Dump = r.Path
		}
		return n
	}
	if n.Test {
		n.Reason, n.Remedy = "a test of the alerts: the unit has not failed", ""
		return n
	}
	n.Reason = cmp.Or(reasonIn(records), describeEnd(n))
	if r := s.lastCrash(unit); r != nil {
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
func (s Service) lastCrash(unit string) *crash.Report {
	if strings.TrimSuffix(unit, ".service") != s.Name {
		return nil
	}
	_, _ = s.Crashes.Sweep()
	r, _, err := s.Crashes.Read(s.Crashes.Total())
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
	Transport string `json:"_TRANSPORT"`           // stdout for what was printed
}

func (r record) isError() bool { return r.PID != "1" && r.Priority != "" && r.Priority <= "3" }

func (r record) time() time.Time {
	microseconds, _ := strconv.ParseInt(r.Timestamp, 10, 64)
	return time.UnixMicro(microseconds).UTC()
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
	ctx, cancel := context.WithTimeout(ctx, askTime)
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
		lines[i] = fmt.Sprintf("%s %s[%s]: %s", r.time().Format(time.RFC3339), r.Name, r.PID, r.text())
	}
	return lines
}

// reasonIn is the last error that the unit itself logged. One that it has printed is a
// record a line: of those the first says what is wrong, the others show where.
func reasonIn(records []record) string {
	var last *record
	for _, r := range slices.Backward(records) {
		switch {
		case last == nil && r.isError():
			last = &r
		case last == nil || r.PID != last.PID:
		case r.isError() && r.Transport == "stdout" && last.Transport == "stdout" && last.time().Sub(r.time()) <= atOnce:
			last = &r
		default:
			return last.text()
		}
	}
	if last == nil {
		return ""
	}
	return last.text()
}

// atOnce is how far two lines of one text may be apart in the journal.
const atOnce = 100 * time.Millisecond
