package config

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gind/gind/internal/config/document"
	"github.com/gind/gind/internal/config/entry"
	"github.com/gind/gind/internal/config/schema"
	"github.com/gind/gind/value"
)

// keys is a schema with a key of each type.
type keys struct {
	Environment string              `yaml:"environment" default:"production" enum:"production|development" reload:"restart"`
	Listeners   map[string]listener `yaml:"listeners" reload:"restart"`
	Server      server              `yaml:"server"`
	Origins     []string            `yaml:"origins" format:"origin"`
	Networks    []string            `yaml:"networks" format:"cidr"`
	Token       value.Secret        `yaml:"token"`
}

type listener struct {
	Address string `yaml:"address" format:"address"`
}

type server struct {
	ReadTimeout time.Duration `yaml:"read_timeout" default:"30s" min:"100ms" max:"1h"`
	MaxBody     value.Bytes   `yaml:"max_body" default:"10MiB" max:"1GiB"`
	Workers     int           `yaml:"workers" default:"4" min:"1" max:"64"`
	Ratio       float64       `yaml:"ratio" default:"0.5" max:"1"`
	Spa         bool          `yaml:"spa"`
}

type shop struct {
	MaxProducts int    `yaml:"max_products" default:"10" validate:"min=0"`
	Currency    string `yaml:"currency" default:"EUR" validate:"len=3"`
}

func keysSchema(t testing.TB) *schema.Schema {
	t.Helper()
	s := schema.NewSchema(&keys{Listeners: map[string]listener{"http": {Address: "127.0.0.1:8080"}}})
	if err := s.AddSection("shop", &shop{}); err != nil {
		t.Fatal(err)
	}
	s.Close()
	return s
}

func fileWith(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "gind.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func load(t testing.TB, text string, more ...Source) (*Snapshot, error) {
	t.Helper()
	sources := append([]Source{File{Path: fileWith(t, text)}}, more...)
	return (&Loader{Schema: keysSchema(t), Sources: sources}).Load(context.Background())
}

func mustLoad(t testing.TB, text string, more ...Source) *Snapshot {
	t.Helper()
	s, err := load(t, text, more...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestDefaultsFillWhatNoLayerSets(t *testing.T) {
	s := mustLoad(t, "")
	k := s.Value().(*keys)
	if k.Server.ReadTimeout != 30*time.Second || k.Server.MaxBody != 10<<20 || k.Environment != "production" {
		t.Errorf("defaults are %+v", k)
	}
	if k.Listeners["http"].Address != "127.0.0.1:8080" {
		t.Errorf("listeners are %+v", k.Listeners)
	}
	if got := s.Section("shop").(*shop); got.MaxProducts != 10 {
		t.Errorf("section is %+v", got)
	}
}

func TestLaterLayersWin(t *testing.T) {
	s := mustLoad(t, "server: {read_timeout: 1s, workers: 2}\nlisteners: {http: {address: ':80'}}\n",
		Environment{Prefix: "GIND_", Variables: []string{
			"GIND_SERVER_WORKERS=3", "GIND_LISTENERS_ADMIN_ADDRESS=:81", "GIND_SHOP_CURRENCY=USD",
			"GIND_PORT_8080_TCP=tcp://10.0.0.1:8080", "HOME=/root",
		}},
		Values{"server.workers": {Text: "4", Source: "--workers"}})
	k := s.Value().(*keys)
	if k.Server.ReadTimeout != time.Second || k.Server.Workers != 4 {
		t.Errorf("server is %+v", k.Server)
	}
	if k.Listeners["http"].Address != ":80" || k.Listeners["admin"].Address != ":81" {
		t.Errorf("listeners are %+v", k.Listeners)
	}
	if got := s.Section("shop").(*shop).Currency; got != "USD" {
		t.Errorf("currency is %s", got)
	}
	for _, e := range s.Entries() {
		switch e.Key {
		case "server.workers":
			if e.Origin.String() != "--workers" {
				t.Errorf("%s came from %s", e.Key, e.Origin)
			}
		case "shop.currency":
			if e.Origin.String() != "$GIND_SHOP_CURRENCY" {
				t.Errorf("%s came from %s", e.Key, e.Origin)
			}
		case "server.read_timeout":
			if !strings.HasSuffix(e.Origin.String(), "gind.yaml:1:24") {
				t.Errorf("%s came from %s", e.Key, e.Origin)
			}
		case "server.max_body":
			if !e.Default() {
				t.Errorf("%s came from %s", e.Key, e.Origin)
			}
		}
	}
}

func TestSecretsAreNeverShown(t *testing.T) {
	s := mustLoad(t, "token: hunter2\n")
	if got := s.Value().(*keys).Token.Reveal(); got != "hunter2" {
		t.Errorf("the secret is %q", got)
	}
	for _, e := range s.Entries() {
		if strings.Contains(e.Value, "hunter2") {
			t.Errorf("%s shows %s", e.Key, e.Value)
		}
	}
}

func TestUnknownMappingsPassWhileTheSchemaIsOpen(t *testing.T) {
	open := schema.NewSchema(&keys{})
	loader := &Loader{Schema: open, Sources: []Source{File{Path: fileWith(t, "shop: {max_products: 1}\nsrever: {}\n")}}}
	if _, err := loader.Load(context.Background()); err != nil {
		t.Errorf("open: %v", err)
	}
	open.Close()
	if _, err := loader.Load(context.Background()); err == nil {
		t.Error("closed: no mistake")
	}
}

func TestMissingFileIsAMistakeOnlyIfItWasNamed(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "none.yaml")
	for _, optional := range []bool{true, false} {
		loader := &Loader{Schema: keysSchema(t), Sources: []Source{File{Path: missing, Optional: optional}}}
		_, err := loader.Load(context.Background())
		if (err == nil) != optional {
			t.Errorf("optional %v: %v", optional, err)
		}
	}
}

func TestSectionsCantTakeAKnownName(t *testing.T) {
	s := keysSchema(t)
	for _, name := range []string{"server", "shop"} {
		if err := s.AddSection(name, &shop{}); err == nil {
			t.Errorf("%s was taken twice", name)
		}
	}
	if err := s.AddSection("flag", true); err == nil {
		t.Error("a section that is no struct was taken")
	}
}

func TestDiffNamesEachChangedKey(t *testing.T) {
	a := mustLoad(t, "server: {workers: 2}\ntoken: one\nlisteners: {a: {address: ':1'}}\n")
	b := mustLoad(t, "server: {workers: 3}\ntoken: one\nenvironment: development\nlisteners: {b: {address: ':1'}}\n")
	want := []entry.Change{
		{Key: "environment", Old: "production", New: "development"},
		{Key: "listeners.b.address", New: ":1"},
		{Key: "server.workers", Old: "2", New: "3", Live: true},
		{Key: "listeners.a.address", Old: ":1"},
	}
	got := Diff(a, b)
	if len(got) != len(want) {
		t.Fatalf("changes are %+v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("change %d is %+v, want %+v", i, got[i], want[i])
		}
	}
	if a.SHA256 == b.SHA256 {
		t.Error("different configurations have one digest")
	}
}

// store with a file that can be rewritten.
func store(t *testing.T, text string) (*Store, string) {
	t.Helper()
	path := fileWith(t, text)
	s, err := Open(context.Background(), &Loader{Schema: keysSchema(t), Sources: []Source{File{Path: path}}})
	if err != nil {
		t.Fatal(err)
	}
	return s, path
}

func rewrite(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestReloadIsForAllSubscribersOrNone(t *testing.T) {
	s, path := store(t, "server: {workers: 1}\n")
	var committed []string
	refuse := false
	subscribe := func(name string, err error) {
		s.Subscribe(name, Certain(func(context.Context, *Snapshot, *Snapshot) (func(), error) {
			if refuse && err != nil {
				return nil, err
			}
			return func() { committed = append(committed, name) }, nil
		}))
	}
	boom := errors.New("no such certificate")
	subscribe("first", nil)
	subscribe("second", boom)

	rewrite(t, path, "server: {workers: 2}\n")
	refuse = true
	if _, err := s.Reload(context.Background(), "test"); !errors.Is(err, boom) {
		t.Errorf("error %v, want %v", err, boom)
	}
	if len(committed) > 0 || s.Current().Version != 1 || s.Current().Value().(*keys).Server.Workers != 1 {
		t.Errorf("a refused reload changed something: %v, version %d", committed, s.Current().Version)
	}

	refuse = false
	outcome, err := s.Reload(context.Background(), "test")
	if err != nil {
		t.Fatal(err)
	}
	if len(committed) != 2 || s.Current().Version != 2 || len(outcome.Changes) != 1 {
		t.Errorf("committed %v, version %d, changes %+v", committed, s.Current().Version, outcome.Changes)
	}
}

func TestBadFileKeepsTheOldConfiguration(t *testing.T) {
	s, path := store(t, "server: {workers: 1}\n")
	before := s.Current()
	rewrite(t, path, "server: {workers: many}\n")
	if _, err := s.Reload(context.Background(), "test"); len(document.Mistakes(err)) != 1 {
		t.Errorf("error %v, want one mistake", err)
	}
	if s.Current() != before {
		t.Error("the configuration in force changed")
	}
}

func TestReloadWithoutAChangeKeepsTheVersion(t *testing.T) {
	s, _ := store(t, "server: {workers: 1}\n")
	outcome, err := s.Reload(context.Background(), "test")
	if err != nil || len(outcome.Changes) != 0 || s.Current().Version != 1 {
		t.Errorf("%v, %+v, version %d", err, outcome, s.Current().Version)
	}
}
