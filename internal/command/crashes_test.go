package command

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

type fakeCrashes struct{ asked *int }

func (fakeCrashes) List() ([]Crash, error) {
	return []Crash{
		{Number: 3, Time: time.Unix(1e9, 0), PID: 41, Kind: "panic", Reason: "panic: no", Place: "main.go:3 main.work"},
		{Number: 4, Time: time.Unix(1e9, 0), PID: 42, Kind: "killed", Reason: "without a word"},
	}, nil
}

func (f fakeCrashes) Get(n int) (Crash, string, error) {
	*f.asked = n
	if n > 4 {
		return Crash{}, "", errors.New("crash 9: there is no such report")
	}
	return Crash{Number: 4, Kind: "panic", Reason: "panic: no", Path: "/c/4.txt"}, "goroutine 1 [running]:\n", nil
}

func TestCrashesAreListedAndShown(t *testing.T) {
	asked := -1
	p := &Program{Crashes: func(Input) (Crashes, error) { return fakeCrashes{&asked}, nil }}
	status, out, _ := run(p, "crashes")
	if status != ExitOK || strings.Count(out, "\n") != 2 || !strings.Contains(out, "pid 41  panic   panic: no, at main.go:3 main.work\n") {
		t.Errorf("%d\n%s", status, out)
	}
	if status, out, _ = run(p, "crashes", "--json"); status != ExitOK || !strings.Contains(out, `"place": "main.go:3 main.work"`) {
		t.Errorf("%d\n%s", status, out)
	}
	if status, out, _ = run(p, "crashes", "show"); status != ExitOK || asked != 0 || !strings.Contains(out, "panic: panic: no\nin /c/4.txt\n\ngoroutine 1") {
		t.Errorf("%d, asked for %d\n%s", status, asked, out)
	}
	if status, _, err := run(p, "crashes", "show", "9"); status != ExitFailure || asked != 9 || !strings.Contains(err, "no such report") {
		t.Errorf("%d, asked for %d: %s", status, asked, err)
	}
	if status, _, err := run(p, "crashes", "show", "x"); status != ExitUsage || !strings.Contains(err, `"x" is no number of a crash`) {
		t.Errorf("%d: %s", status, err)
	}
}

func TestAlertSaysWhoWasTold(t *testing.T) {
	p := &Program{Alert: func(_ context.Context, _ Input, unit string) (string, error) { return "told " + unit, nil }}
	if status, out, _ := run(p, "alert", "shop.service"); status != ExitOK || out != "told shop.service\n" {
		t.Errorf("%d: %s", status, out)
	}
	if status, _, _ := run(p, "alert"); status != ExitUsage {
		t.Errorf("without a unit: %d", status)
	}
}
