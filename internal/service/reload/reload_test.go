package reload

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gind/gind/internal/config"
	"github.com/gind/gind/internal/health"
	"github.com/gind/gind/internal/settings"
	"github.com/gind/gind/internal/unit"
)

// source is a file that is nowhere: what it says, and who watches it.
type source struct {
	text     atomic.Pointer[string]
	watching chan func() // what each who watches is told a change with
	ended    chan struct{}
	failing  atomic.Bool // nobody can watch it
}

func newSource(text string) *source {
	s := &source{watching: make(chan func(), 10), ended: make(chan struct{}, 10)}
	s.say(text)
	return s
}

func (s *source) say(text string) { s.text.Store(&text) }

// Read implements config.Source.
func (s *source) Read(context.Context, *config.Reading) (*config.Content, error) {
	return &config.Content{Documents: []config.Document{{Name: "shop.yaml", Text: []byte(*s.text.Load())}}}, nil
}

// Watch implements config.Watcher.
func (s *source) Watch(ctx context.Context, changed func()) error {
	s.watching <- changed
	if s.failing.Load() {
		return errors.New("too many open files")
	}
	<-ctx.Done()
	s.ended <- struct{}{}
	return nil
}

// checks have the verdicts that they are given.
type checks struct {
	mu   sync.Mutex
	ran  int
	list []health.Verdict
}

func (c *checks) RunNow() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ran++
}

func (c *checks) Verdicts(...health.Kind) []health.Verdict {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.list
}

func (c *checks) say(list ...health.Verdict) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list = list
}

// open the config of a source, and complete it.
func open(t *testing.T, from config.Source) *Config {
	t.Helper()
	c, err := Open(t.Context(), &config.Loader{Schema: config.NewSchema(settings.Default()), Sources: []config.Source{from}})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Complete(t.Context()); err != nil {
		t.Fatal(err)
	}
	return c
}

// fixture is a Reloader with nobody around it.
type fixture struct {
	*Reloader
	source   *source
	checks   *checks
	log      *bytes.Buffer
	reopened atomic.Int32
	draining atomic.Bool
}

func newFixture(t *testing.T, text string) *fixture {
	t.Helper()
	f := &fixture{source: newSource(text), checks: new(checks), log: new(bytes.Buffer)}
	var alone sync.Mutex
	f.Reloader = New(Options{
		Config: open(t, f.source),
		Unit:   unit.New(unit.Options{Steady: func() bool { return true }, Failed: func(err error) { t.Error(err) }}),
		Checks: f.checks,
		Log:    slog.New(slog.NewTextHandler(f.log, nil)),
		Alone: func(ctx context.Context, change func(context.Context) error) error {
			alone.Lock()
			defer alone.Unlock()
			return change(ctx)
		},
		Reopen:   func() error { f.reopened.Add(1); return nil },
		Line:     func() string { return "serving" },
		Draining: f.draining.Load,
	})
	return f
}

func TestAReloadPutsWhatTheSourcesSayInForce(t *testing.T) {
	f := newFixture(t, "log: {level: info}\n")
	f.source.say("log: {level: debug}\n")
	outcome, err := f.Reload(t.Context(), "root")
	if err != nil || outcome.New.Version != 2 || f.Config.Keys().Log.Level != "debug" || f.reopened.Load() != 1 {
		t.Errorf("%+v, %v; level %s; log files opened %d times", outcome, err, f.Config.Keys().Log.Level, f.reopened.Load())
	}
	if now := f.Config.Status(); now.Version != 2 || now.Who != "root" {
		t.Errorf("status %+v", now)
	}
	for _, want := range []string{"config: log.level: info → debug", "msg=reloaded", "by=root"} {
		if !strings.Contains(f.log.String(), want) {
			t.Errorf("%q is not in the log:\n%s", want, f.log)
		}
	}
}

func TestARefusedReloadIsAnErrorAndLogFilesAreOpenedAgainAllTheSame(t *testing.T) {
	f := newFixture(t, "log: {level: info}\n")
	f.source.say("log: {level: loud}\n")
	if _, err := f.Reload(t.Context(), "root"); err == nil || len(config.Mistakes(err)) != 1 {
		t.Errorf("refused with %v", err)
	}
	if f.Config.Current().Version != 1 || f.reopened.Load() != 1 {
		t.Errorf("version %d, log files opened %d times", f.Config.Current().Version, f.reopened.Load())
	}
	if !strings.Contains(f.log.String(), "level=ERROR") || !strings.Contains(f.log.String(), "reload refused: ") || strings.Count(f.log.String(), "log.level") != 1 {
		t.Errorf("logged %s", f.log)
	}
}

func TestAReloadThatTheServiceDoesNotAllowReadsNothing(t *testing.T) {
	f := newFixture(t, "")
	f.source.say("log: {level: debug}\n")
	stopping := errors.New("the service is draining")
	f.Alone = func(context.Context, func(context.Context) error) error { return stopping }
	if _, err := f.Reload(t.Context(), "root"); !errors.Is(err, stopping) || f.Config.Keys().Log.Level != "info" {
		t.Errorf("%v; level %s", err, f.Config.Keys().Log.Level)
	}
}

func TestDefaultsStandInForABadConfigUntilAllMistakesCanBeTold(t *testing.T) {
	c, err := Open(t.Context(), &config.Loader{
		Schema:  config.NewSchema(settings.Default()),
		Sources: []config.Source{newSource("log: {level: loud}\nshop: {limit: many}\n")},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Keys().Log.Level; got != "info" {
		t.Errorf("level %q in the setup, want the default", got)
	}
	type shop struct {
		Limit int `yaml:"limit"`
	}
	if err := c.AddSection("shop", new(shop)); err != nil {
		t.Fatal(err)
	}
	if err := c.Complete(t.Context()); len(config.Mistakes(err)) != 2 {
		t.Errorf("%v, want the mistakes of both sections", err)
	}
}

func TestWhatIsTakenBackIsLoggedAsAnError(t *testing.T) {
	f := newFixture(t, "")
	was := f.Config.Current()
	f.TakenBack(&config.Outcome{New: was, Changes: []config.Change{{Key: "log.level", Old: "debug", New: "info", Live: true}}}, errors.New("check cache fails"))
	f.TakenBack(nil, errors.New("nothing is left to go back to"))
	for _, want := range []string{`level=ERROR msg="config rolled back: check cache fails"`, "log.level: debug → info", `level=ERROR msg="config: nothing is left`} {
		if !strings.Contains(f.log.String(), want) {
			t.Errorf("%q is not in the log:\n%s", want, f.log)
		}
	}
}

// soon is longer than anything takes here.
const soon = 20 * time.Second

// next is what comes by a channel; the test fails if nothing does.
func next[T any](t *testing.T, what string, from <-chan T) (one T) {
	t.Helper()
	select {
	case one = <-from:
	case <-time.After(soon):
		t.Fatal("in vain: ", what)
	}
	return one
}
