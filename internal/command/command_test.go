package command

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gind/gind/internal/config"
)

// run calls a program whose functions answer what the test set.
func run(p *Program, args ...string) (status int, out, err string) {
	var stdout, stderr bytes.Buffer
	p.Name, p.Short, p.ConfigFile = "shop", "Sells things", "/etc/shop/shop.yaml"
	p.Out, p.Err = &stdout, &stderr
	status = p.Execute(context.Background(), args)
	return status, stdout.String(), stderr.String()
}

type fakeService struct {
	report string
	err    error
}

func (f fakeService) Reload(context.Context) (string, error) { return f.report, f.err }
func (f fakeService) Rollback(context.Context, int, bool) (string, error) {
	return f.report, f.err
}
func (f fakeService) Config(context.Context) ([]config.Entry, error) {
	return []config.Entry{{Key: "log.level", Value: "debug", Origin: config.Place{Source: "--log-level"}}}, f.err
}
func (f fakeService) Upgrade(context.Context, Upgrade) (string, error) { return f.report, f.err }
func (f fakeService) Status(context.Context) (string, any, error)      { return f.report, f.report, f.err }

func serving(err error) *Program {
	return &Program{Serve: func(context.Context, Input) error { return err }}
}

func TestExitStatuses(t *testing.T) {
	bad := &ConfigError{Err: errors.New("shop.yaml:3:1: nonsense")}
	reloading := func(err error) *Program {
		return &Program{Service: func(Input) (Service, error) { return fakeService{err: err}, nil }}
	}
	for _, c := range []struct {
		name string
		p    *Program
		args string
		want int
	}{
		{"served to the end", serving(nil), "", ExitOK},
		{"serve by name", serving(nil), "serve", ExitOK},
		{"failure", serving(errors.New("port in use")), "", ExitFailure},
		{"bad config", serving(bad), "serve", ExitConfig},
		{"unknown flag", serving(nil), "--nonsense", ExitUsage},
		{"unknown command", serving(nil), "nonsense", ExitUsage},
		{"too many words", serving(nil), "serve now", ExitUsage},
		{"assignment without value", serving(nil), "--set nothing", ExitUsage},
		{"reload refused", reloading(bad), "reload", ExitConfig},
		{"reload unreachable", reloading(errors.New("not running")), "reload", ExitFailure},
		{"version", &Program{}, "version", ExitOK},
		{"help", &Program{}, "--help", ExitOK},
		{"completion", &Program{}, "completion bash", ExitOK},
		{"config of nothing", &Program{}, "config nothing", ExitUsage},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, out, errs := run(c.p, strings.Fields(c.args)...)
			if status != c.want {
				t.Errorf("exit status %d, want %d\n%s%s", status, c.want, out, errs)
			}
			if c.want != ExitOK && errs == "" {
				t.Error("it failed without a word")
			}
		})
	}
}

type status int

func (s status) Error() string   { return "it failed" }
func (s status) ExitStatus() int { return int(s) }

func TestACommandOfTheProgramsOwn(t *testing.T) {
	var got []string
	p := &Program{Own: []Own{{Name: "migrate", Short: "Migrate the database", Run: func(_ context.Context, args []string) error {
		got = args
		return status(42)
	}}}}
	exit, out, errs := run(p, "migrate", "--to", "7", "--", "-x", "--help")
	if exit != 42 || out != "" || errs != "shop: it failed\n" || strings.Join(got, " ") != "--to 7 -- -x --help" {
		t.Errorf("status %d, args %q, printed %q", exit, got, out+errs)
	}
	if _, out, _ := run(p, "--help"); !strings.Contains(out, "migrate     Migrate the database") {
		t.Errorf("help: %s", out)
	}
}

func TestReportedErrorsAreNotPrintedTwice(t *testing.T) {
	status, out, errs := run(serving(&Reported{errors.New("told in the log")}))
	if status != ExitFailure || out+errs != "" {
		t.Errorf("status %d, printed %q", status, out+errs)
	}
}

func TestErrorsHaveTheSyslogLevelWhereTheJournalReads(t *testing.T) {
	t.Setenv("JOURNAL_STREAM", "8:1")
	t.Setenv("INVOCATION_ID", "0123")
	_, _, errs := run(serving(&ConfigError{Err: errors.New("a.yaml:1:1: one\na.yaml:2:1: two")}))
	if errs != "<3>a.yaml:1:1: one\n<3>a.yaml:2:1: two\n" {
		t.Errorf("printed %q", errs)
	}
}

func TestFlagsBecomeValuesThatNameTheirFlag(t *testing.T) {
	var got Input
	p := &Program{Serve: func(_ context.Context, in Input) error { got = in; return nil }}
	if status, _, errs := run(p, "--config", "my.yaml", "--listen=:80", "--set", "server.read_timeout=5s"); status != 0 {
		t.Fatal(errs)
	}
	if got.ConfigFile != "my.yaml" || !got.Explicit {
		t.Errorf("config file %q, explicit %v", got.ConfigFile, got.Explicit)
	}
	want := map[string]Value{
		"listeners.http.address": {":80", "--listen"},
		"server.read_timeout":    {"5s", "--set server.read_timeout"},
	}
	for key, value := range want {
		if got.Values[key] != value {
			t.Errorf("%s is %+v, want %+v", key, got.Values[key], value)
		}
	}
}

func TestWatchIsAFlag(t *testing.T) {
	for args, want := range map[string]string{"serve --watch": "true", "serve --watch=false": "false", "serve": ""} {
		var got Input
		p := &Program{Serve: func(_ context.Context, in Input) error { got = in; return nil }}
		run(p, strings.Fields(args)...)
		if got.Values["config.watch"].Text != want {
			t.Errorf("%s: config.watch is %+v, want %q", args, got.Values["config.watch"], want)
		}
	}
}

func TestCheckTakesAFile(t *testing.T) {
	for _, args := range []string{"check --file my.yaml", "check --config my.yaml", "check -c my.yaml"} {
		var got Input
		p := &Program{Check: func(_ context.Context, in Input) ([]*config.Mistake, error) { got = in; return nil, nil }}
		if status, _, errs := run(p, strings.Fields(args)...); status != 0 || got.ConfigFile != "my.yaml" || !got.Explicit {
			t.Errorf("%s: status %d, %+v\n%s", args, status, got, errs)
		}
	}
}

func TestWarningsAreNoMistakes(t *testing.T) {
	warning := &config.Mistake{Place: config.Place{Source: "shop.yaml", Line: 3, Column: 5}, Key: "alerts.pager.command", Text: "nobody would be told"}
	p := &Program{Check: func(context.Context, Input) ([]*config.Mistake, error) { return []*config.Mistake{warning}, nil }}
	status, out, errs := run(p, "check")
	if status != 0 || errs != "shop: warning: shop.yaml:3:5: alerts.pager.command: nobody would be told\n" || !strings.HasSuffix(out, "the config is good\n") {
		t.Errorf("status %d\n%s%s", status, out, errs)
	}
	if status, out, _ = run(p, "check", "--json"); status != 0 || !strings.Contains(out, `"warnings"`) || !strings.Contains(out, `"ok": true`) {
		t.Errorf("status %d\n%s", status, out)
	}
}

func TestDefaultConfigFileNeedNotExist(t *testing.T) {
	var got Input
	p := &Program{Check: func(_ context.Context, in Input) ([]*config.Mistake, error) { got = in; return nil, nil }}
	run(p, "check")
	if got.ConfigFile != "/etc/shop/shop.yaml" || got.Explicit {
		t.Errorf("config file %q, explicit %v", got.ConfigFile, got.Explicit)
	}
}

func TestThePortIsShownOrChanged(t *testing.T) {
	for args, want := range map[string]string{"port": "", "port 8085": "8085"} {
		got := "none"
		p := &Program{Port: func(_ context.Context, _ Input, wanted string) (string, error) {
			got = wanted
			return "it is so", nil
		}}
		if status, out, errs := run(p, strings.Fields(args)...); status != 0 || got != want || out != "it is so\n" {
			t.Errorf("%s: %q, status %d, %q\n%s", args, got, status, out, errs)
		}
	}
	bad := &Program{Port: func(context.Context, Input, string) (string, error) { return "", Usage(errors.New("no port")) }}
	if status, _, _ := run(bad, "port", "x"); status != ExitUsage {
		t.Errorf("status %d", status)
	}
}

func TestHelpFitsAScreen(t *testing.T) {
	for _, args := range [][]string{{"--help"}, {"serve", "--help"}, {"config", "show", "--help"}, {"reload", "--help"}} {
		_, out, _ := run(&Program{}, args...)
		lines := strings.Split(out, "\n")
		if len(lines) > 40 {
			t.Errorf("%v: %d lines", args, len(lines))
		}
		for _, line := range lines {
			if len(line) > 110 {
				t.Errorf("%v: a line of %d characters: %s", args, len(line), line)
			}
		}
	}
}

func TestConfigShowAsksTheRunningService(t *testing.T) {
	p := &Program{Service: func(Input) (Service, error) { return fakeService{}, nil }}
	if status, out, _ := run(p, "config", "show", "--running"); status != ExitOK || !strings.Contains(out, "debug  # --log-level") {
		t.Errorf("status %d, printed %q", status, out)
	}
	if status, _, errs := run(p, "config", "show", "--running", "7"); status != ExitUsage || !strings.Contains(errs, "takes no version") {
		t.Errorf("status %d, printed %q", status, errs)
	}
}

func TestConfigShowNamesTheOrigin(t *testing.T) {
	p := &Program{Show: func(context.Context, Input) ([]config.Entry, error) {
		return []config.Entry{
			{Key: "log.level", Value: "debug", Origin: config.Place{Source: "--log-level"}},
			{Key: "environment", Value: "production", Origin: config.Place{Source: "default"}},
		}, nil
	}}
	_, out, _ := run(p, "config", "show")
	if !strings.Contains(out, "log.level:") || !strings.Contains(out, "# --log-level") {
		t.Errorf("printed %q", out)
	}
	_, out, _ = run(p, "config", "show", "--changed")
	if strings.Contains(out, "environment") {
		t.Errorf("--changed printed a default: %q", out)
	}
}

// versions is a history of so many, no two of which differ.
type versions int

func (v versions) List() ([]*config.Version, error) {
	list := make([]*config.Version, v)
	for i := range list {
		list[i] = &config.Version{Number: i + 1, Who: "start", Good: true}
	}
	return list, nil
}

func (v versions) Get(n int) (*config.Version, error) {
	if n > int(v) {
		return nil, errors.New("no such version")
	}
	return &config.Version{Number: n, Entries: []config.Entry{{Key: "log.level", Value: "debug"}}}, nil
}

func (v versions) Diff(int, int) ([]config.Change, error) { return nil, nil }

func TestHistoryIsShown(t *testing.T) {
	for _, c := range []struct {
		kept   versions
		args   string
		status int
		want   string // in what is printed, errors included
	}{
		{0, "config history", ExitOK, "no version is kept"},
		{0, "config history --json", ExitOK, "[]\n"},
		{2, "config history", ExitOK, "0 changes  good"},
		{2, "config diff", ExitOK, "nothing differs"},
		{1, "config diff", ExitFailure, "the history has no two versions"},
		{1, "config diff x", ExitUsage, `"x" is no number of a version`},
		{2, "config show 2", ExitOK, "log.level:"},
		{2, "config show 3", ExitFailure, "no such version"},
		{2, "config rollback 1 --release", ExitUsage, "--release takes no version"},
	} {
		p := &Program{History: func(Input) (History, error) { return c.kept, nil }}
		status, out, errs := run(p, strings.Fields(c.args)...)
		if status != c.status || !strings.Contains(out+errs, c.want) {
			t.Errorf("%s of %d versions: status %d, want %d and %q:\n%s%s", c.args, c.kept, status, c.status, c.want, out, errs)
		}
	}
}

// TestAnUpgradeIsToOneProgram, which is named as the caller's folder has it.
func TestAnUpgradeIsToOneProgram(t *testing.T) {
	folder := t.TempDir()
	t.Chdir(folder)
	var asked Upgrade
	p := &Program{Service: func(Input) (Service, error) { return upgrading{asked: &asked}, nil }}
	for line, want := range map[string]Upgrade{
		"upgrade":                      {},
		"upgrade --force":              {Force: true},
		"upgrade --back":               {Back: true},
		"upgrade --to /opt/shop":       {To: "/opt/shop"},
		"upgrade --force --to ../shop": {Force: true, To: filepath.Join(filepath.Dir(folder), "shop")},
	} {
		if status, _, text := run(p, strings.Fields(line)...); status != ExitOK || asked != want {
			t.Errorf("%s: exit status %d, %+v, want %+v: %s", line, status, asked, want, text)
		}
	}
	for _, line := range []string{"upgrade --back --to /opt/shop", "upgrade --to=", "upgrade /opt/shop"} {
		if status, _, text := run(p, strings.Fields(line)...); status != ExitUsage {
			t.Errorf("%s: exit status %d: %s", line, status, text)
		}
	}
}

type upgrading struct {
	fakeService
	asked *Upgrade
}

func (u upgrading) Upgrade(_ context.Context, o Upgrade) (string, error) {
	*u.asked = o
	return "process 4711 serves", nil
}
