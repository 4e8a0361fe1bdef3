package command

import (
	"context"
	"strings"
	"testing"
	"time"
)

func TestMomentReadsWhatPeopleWrite(t *testing.T) {
	zone := time.FixedZone("there", 2*60*60)
	now := time.Date(2026, 3, 4, 15, 30, 0, 0, zone)
	for text, want := range map[string]string{
		"10m":                  "2026-03-04T15:20:00+02:00",
		"-1h30m":               "2026-03-04T14:00:00+02:00",
		"today":                "2026-03-04T00:00:00+02:00",
		"yesterday":            "2026-03-03T00:00:00+02:00",
		"09:05":                "2026-03-04T09:05:00+02:00",
		"09:05:07":             "2026-03-04T09:05:07+02:00",
		"2026-01-02":           "2026-01-02T00:00:00+02:00",
		"2026-01-02 03:04":     "2026-01-02T03:04:00+02:00",
		"2026-01-02 03:04:05":  "2026-01-02T03:04:05+02:00",
		"2026-01-02T03:04:05Z": "2026-01-02T03:04:05Z",
	} {
		got, err := moment(text, now)
		if err != nil || got.Format(time.RFC3339) != want {
			t.Errorf("%q: %v, %v; want %s", text, got, err, want)
		}
	}
	if got, err := moment("", now); err != nil || !got.IsZero() {
		t.Errorf("nothing: %v, %v", got, err)
	}
	for _, text := range []string{"soon", "25:00", "2026-13-01", "10"} {
		if got, err := moment(text, now); err == nil {
			t.Errorf("%q is %v", text, got)
		}
	}
}

func TestLogsAsksForWhatTheFlagsSay(t *testing.T) {
	var asked LogRequest
	p := &Program{Logs: func(_ context.Context, _ Input, r LogRequest) error {
		asked = r
		r.Note("beside")
		return nil
	}}
	if status, _, err := run(p, "logs"); status != ExitOK || err != "shop: beside\n" ||
		asked.Lines != 100 || asked.Level != "" || asked.Follow || !asked.Since.IsZero() || asked.Color {
		t.Errorf("status %d, %q, %+v", status, err, asked)
	}
	if status, _, _ := run(p, "logs", "-p", "err", "-f", "-n", "7", "--since", "1h", "--json"); status != ExitOK ||
		asked.Lines != 7 || asked.Level != "err" || !asked.Follow || asked.Since.IsZero() || !asked.JSON {
		t.Errorf("status %d, %+v", status, asked)
	}
	for _, args := range [][]string{{"logs", "--since", "1h"}, {"logs", "-n", "all"}} {
		if run(p, args...); asked.Lines != AllLines {
			t.Errorf("%v: %d lines, want all", args, asked.Lines)
		}
	}
	for _, args := range [][]string{{"logs", "--since", "soon"}, {"logs", "-n", "-1"}, {"logs", "-n", "some"}, {"logs", "more"}} {
		if status, _, err := run(p, args...); status != ExitUsage || !strings.Contains(err, "shop: ") {
			t.Errorf("%v: status %d, %q", args, status, err)
		}
	}
}
