package wiring

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gind/gind/internal/config"
	"github.com/gind/gind/internal/control"
	"github.com/gind/gind/internal/journal"
	"github.com/gind/gind/internal/listener"
	"github.com/gind/gind/internal/settings"
	"github.com/gind/gind/value"
)

func TestListenersAreInTheOrderOfTheirNamesAndTheControlSocketIsLast(t *testing.T) {
	keys := &settings.Settings{
		Listeners: map[string]settings.Listener{
			"web": {Address: ":443", Certificate: "web.crt", Key: "web.key"},
			"api": {Address: "unix:/run//shop/./api.sock"},
		},
		Control: settings.Control{Socket: "/run/shop/orders.sock"},
	}
	want := []listener.Spec{
		{Name: "api", Address: "unix:/run/shop/api.sock"},
		{Name: "web", Address: ":443", TLS: true},
		{Name: ControlName, Address: "unix:/run/shop/orders.sock", Unparked: true, Mode: control.DefaultMode},
	}
	if filepath.Separator == '\\' {
		want[0].Address = `unix:/run\shop\api.sock`
	}
	if got := Listeners("shop", keys); !slices.Equal(got, want) {
		t.Errorf("%+v\nwant %+v", got, want)
	}
}

func TestTheControlSocketIsWhereTheMachineHasAPlaceForIt(t *testing.T) {
	const name = "gind-that-runs-nowhere"
	t.Setenv("RUNTIME_DIRECTORY", "")
	if list := Listeners(name, new(settings.Settings)); len(list) != 0 {
		t.Errorf("%+v, and there is no place", list)
	}
	dir := t.TempDir()
	t.Setenv("RUNTIME_DIRECTORY", dir)
	if got, want := ControlSocket(name, new(settings.Settings)), filepath.Join(dir, "control.sock"); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestEveryLiveKeyOfTheServerChangesItsLimits: a key that is forgotten here has no
// effect.
func TestEveryLiveKeyOfTheServerChangesItsLimits(t *testing.T) {
	zero := Limits(new(settings.Settings))
	for name, group := range map[string]func(*settings.Settings) any{
		"server": func(s *settings.Settings) any { return &s.Server },
		"static": func(s *settings.Settings) any { return &s.Static },
		"cors":   func(s *settings.Settings) any { return &s.CORS },
	} {
		for i, field := range reflect.VisibleFields(reflect.TypeOf(group(new(settings.Settings))).Elem()) {
			keys := new(settings.Settings)
			change(t, reflect.ValueOf(group(keys)).Elem().Field(i), field)
			if live := field.Tag.Get("reload") != "restart"; live == reflect.DeepEqual(Limits(keys), zero) {
				t.Errorf("%s.%s: live is %v, and so is not its effect", name, field.Tag.Get("yaml"), live)
			}
		}
	}
	access := new(settings.Settings)
	access.Log.Access = true
	if !Limits(access).AccessLog {
		t.Error("log.access has no effect")
	}
	verbose := new(settings.Settings)
	verbose.Health.Verbose = true
	if !Limits(verbose).Reasons {
		t.Error("health.verbose has no effect")
	}
}

func TestEveryKeyOfTheLogChangesTheJournalsOptions(t *testing.T) {
	before, err := Journal("shop", defaults(t))
	if err != nil {
		t.Fatal(err)
	}
	for i, field := range reflect.VisibleFields(reflect.TypeFor[settings.Log]()) {
		key := field.Tag.Get("yaml")
		if key == "access" { // the server's
			continue
		}
		keys := defaults(t)
		change(t, reflect.ValueOf(&keys.Log).Elem().Field(i), field)
		if after, err := Journal("shop", keys); err != nil || reflect.DeepEqual(after, before) {
			t.Errorf("log.%s has no effect, %v", key, err)
		}
	}
}

func TestEveryKeyOfStartsChangesTheirPolicy(t *testing.T) {
	before := Starts(new(settings.Settings))
	for name, group := range map[string]func(*settings.Settings) any{
		"backoff":    func(s *settings.Settings) any { return &s.Backoff },
		"crash_loop": func(s *settings.Settings) any { return &s.CrashLoop },
		"start":      func(s *settings.Settings) any { return &s.Start },
	} {
		for i, field := range reflect.VisibleFields(reflect.TypeOf(group(new(settings.Settings))).Elem()) {
			keys := new(settings.Settings)
			change(t, reflect.ValueOf(group(keys)).Elem().Field(i), field)
			if Starts(keys) == before {
				t.Errorf("%s.%s has no effect", name, field.Tag.Get("yaml"))
			}
		}
	}
}

func TestTheJournalUsesTheFoldersThatSystemdMade(t *testing.T) {
	logs, run := t.TempDir(), t.TempDir()
	t.Setenv("LOGS_DIRECTORY", logs)
	t.Setenv("RUNTIME_DIRECTORY", run)
	keys := defaults(t)
	o, err := Journal("shop", keys)
	if err != nil || o.Identifier != "shop" || o.Mirror.Dir != logs || o.RingDir != run {
		t.Errorf("%+v, %v", o, err)
	}
	keys.Log.Directory = "/var/log/elsewhere"
	if o, err = Journal("shop", keys); err != nil || o.Mirror.Dir != "/var/log/elsewhere" {
		t.Errorf("%+v, %v: the key comes before the folder", o, err)
	}
}

func TestTheLogUnderstandsSystemdsWords(t *testing.T) {
	j, err := journal.Open(journal.Options{Target: journal.JSON, Level: journal.LevelEmerg})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = j.Close() }()
	log := LogControl("shop", j)
	if err := log.SetLevel("err"); err != nil || log.Level() != "err" {
		t.Errorf("level %s, %v; want err", log.Level(), err)
	}
	if err := log.SetLevel("loud"); err == nil || log.Level() != "err" {
		t.Errorf("level %s, %v; want err and an error", log.Level(), err)
	}
	if err := log.SetTarget("console"); err != nil || log.Target() != "console" || j.Target() != journal.Text {
		t.Errorf("target %s, %v; want console", log.Target(), err)
	}
	if err := log.SetTarget("moon"); err == nil || j.Target() != journal.Text {
		t.Errorf("target %v, %v; want text and an error", j.Target(), err)
	}
}

// defaults are the keys that no layer sets.
func defaults(t *testing.T) *settings.Settings {
	t.Helper()
	now, err := (&config.Loader{Schema: config.NewSchema(settings.Default())}).Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	keys := *settings.Of(now)
	return &keys
}

// change a key's value to another that it may have.
func change(t *testing.T, v reflect.Value, field reflect.StructField) {
	t.Helper()
	words := strings.Split(field.Tag.Get("enum"), "|")
	switch is := v.Addr().Interface().(type) {
	case *bool:
		*is = !*is
	case *string:
		*is = another(words, *is)
	case *int:
		*is++
	case *time.Duration:
		*is += time.Second
	case *value.Bytes:
		*is += 1 << 20
	case *[]string:
		*is = append(*is, "another")
	default:
		t.Fatalf("%s is a %s: say here how it is changed", field.Name, v.Type())
	}
}

// another is one of the words that is not this one, if there are any.
func another(words []string, not string) string {
	for _, word := range words {
		if word != not && word != "auto" && word != "" {
			return word
		}
	}
	return os.TempDir()
}
