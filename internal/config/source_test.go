package config

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gind/gind/internal/config/document"
)

// write makes a file with its folders.
func write(t testing.TB, path, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// loadFrom loads what sources say.
func loadFrom(t testing.TB, sources ...Source) (*Snapshot, error) {
	t.Helper()
	return (&Loader{Schema: keysSchema(t), Sources: sources}).Load(context.Background())
}

func keysFrom(t testing.TB, sources ...Source) *keys {
	t.Helper()
	s, err := loadFrom(t, sources...)
	if err != nil {
		t.Fatal(err)
	}
	return s.Value().(*keys)
}

// wants an error with each of the texts in it.
func wants(t testing.TB, err error, texts ...string) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	for _, text := range texts {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("%q is not in: %v", text, err)
		}
	}
}

func TestDropInsAreReadInTheOrderOfTheirNames(t *testing.T) {
	vendor, admin := t.TempDir(), t.TempDir()
	write(t, filepath.Join(vendor, "10-base.yaml"), "server: {workers: 10, ratio: 0.1}")
	write(t, filepath.Join(vendor, "30-late.yaml"), "server: {read_timeout: 30s}")
	write(t, filepath.Join(vendor, "50-masked.yaml"), "server: {workers: 50}")
	write(t, filepath.Join(admin, "20-mine.yaml"), "server: {workers: 20, read_timeout: 20s}")
	write(t, filepath.Join(admin, "50-masked.yaml"), "")
	write(t, filepath.Join(admin, ".60-hidden.yaml"), "server: {workers: 60}")
	write(t, filepath.Join(admin, "70-other.txt"), "server: {workers: 63}")
	k := keysFrom(t, DropIns{vendor, admin, filepath.Join(admin, "missing")})
	want := server{ReadTimeout: 30 * time.Second, MaxBody: 10 << 20, Workers: 20, Ratio: 0.1}
	if k.Server != want {
		t.Errorf("server is %+v, want %+v", k.Server, want)
	}
}

func TestEveryMistakeOfEveryLayerIsTold(t *testing.T) {
	folder := t.TempDir()
	file := write(t, filepath.Join(folder, "gind.yaml"), "server: {read_timeout: 5}")
	write(t, filepath.Join(folder, "d", "a.yaml"), "server: {wrokers: 1}")
	write(t, filepath.Join(folder, "d", "b.yaml"), "server: [")
	if err := os.Symlink(filepath.Join(folder, "nowhere"), filepath.Join(folder, "d", "c.yaml")); err != nil {
		t.Skip(err)
	}
	_, err := loadFrom(t, File{Path: file}, DropIns{filepath.Join(folder, "d")},
		Environment{Prefix: "GIND_", Variables: []string{"GIND_SERVER_READ_TIMEOUT=6s", "GIND_SERVER_RATIO=7"}},
		Values{"server.spa": {Text: "maybe", Source: "--spa"}, "shop.nothing": {Text: "1", Source: "--set shop.nothing"}})
	wants(t, err, "gind.yaml:1:24: server.read_timeout: \"5\" has no unit (write 5s)", "a.yaml:1:10: server.wrokers: unknown key",
		"b.yaml:1:9: malformed YAML", "c.yaml: can't be read: no such file", "$GIND_SERVER_RATIO: server.ratio: 7 is above",
		`--spa: server.spa: "maybe" is not`, "--set shop.nothing: shop.nothing: unknown key")
	if n := len(document.Mistakes(err)); n != 7 {
		t.Errorf("%d mistakes, want 7: %v", n, err)
	}
}

func TestNullTakesAKeyBackToItsDefault(t *testing.T) {
	folder := t.TempDir()
	base := write(t, filepath.Join(folder, "a.yaml"), `
server: {workers: 9, read_timeout: 9s}
origins: [https://a.example]
listeners: {http: {address: ":80"}, admin: {address: ":81"}}
`)
	over := write(t, filepath.Join(folder, "b.yaml"), `
server:
  workers: null
  # nothing else
origins: ~
listeners: {admin: null}
`)
	k := keysFrom(t, File{Path: base}, File{Path: over})
	if k.Server.Workers != 4 || k.Server.ReadTimeout != 9*time.Second || k.Origins != nil {
		t.Errorf("keys are %+v", k)
	}
	if len(k.Listeners) != 1 || k.Listeners["http"].Address != ":80" {
		t.Errorf("listeners are %+v", k.Listeners)
	}
	nothing := write(t, filepath.Join(folder, "c.yaml"), "server:\nlisteners:\n  # commented out\n")
	if k := keysFrom(t, File{Path: base}, File{Path: nothing}); k.Server.Workers != 9 || len(k.Listeners) != 2 {
		t.Errorf("an empty group says something: %+v", k)
	}
}

func TestOverlayOfTheEnvironment(t *testing.T) {
	folder := t.TempDir()
	file := write(t, filepath.Join(folder, "gind.yaml"), "server: {workers: 1}")
	write(t, filepath.Join(folder, "gind.production.yaml"), "server: {workers: 2}")
	write(t, filepath.Join(folder, "gind.development.yaml"), "server: {workers: 3}")
	sources := func(variables ...string) []Source {
		return []Source{File{Path: file}, Overlay{File: file, Key: "environment"}, Environment{Prefix: "GIND_", Variables: variables}}
	}
	if got := keysFrom(t, sources()...).Server.Workers; got != 2 {
		t.Errorf("by default: %d workers, want those of production", got)
	}
	if got := keysFrom(t, sources("GIND_ENVIRONMENT=development")...).Server.Workers; got != 3 {
		t.Errorf("in development: %d workers", got)
	}
	if got := keysFrom(t, sources("GIND_SERVER_WORKERS=4")...).Server.Workers; got != 4 {
		t.Errorf("the environment does not win over the overlay: %d workers", got)
	}
	write(t, filepath.Join(folder, "gind.production.yaml"), "environment: development")
	_, err := loadFrom(t, sources()...)
	wants(t, err, "gind.production.yaml:1:1: environment: this file is read because of the key's value elsewhere")
	_, err = loadFrom(t, sources("GIND_ENVIRONMENT=../../etc/passwd")...)
	wants(t, err, "$GIND_ENVIRONMENT: environment:")
}

func TestDotEnvIsForDevelopment(t *testing.T) {
	path := write(t, filepath.Join(t.TempDir(), ".env"), "OTHER=x\n# a comment\nexport GIND_SERVER_WORKERS='7'\n")
	source := DotEnv{Path: path, Prefix: "GIND_", Refuse: func(value func(string) string) string {
		if value("environment") == "production" {
			return "not read in production"
		}
		return ""
	}}
	development := Environment{Prefix: "GIND_", Variables: []string{"GIND_ENVIRONMENT=development"}}
	if got := keysFrom(t, source, development).Server.Workers; got != 7 {
		t.Errorf("%d workers in development", got)
	}
	_, err := loadFrom(t, source)
	wants(t, err, ".env:3:8: server.workers: not read in production")
	write(t, path, "DATABASE=x\n")
	if got := keysFrom(t, source).Server.Workers; got != 4 {
		t.Errorf("a file that is not for gind: %d workers", got)
	}
	write(t, path, "GIND_TOKEN=\"hunter2\nnonsense {\n")
	if _, err := loadFrom(t, source, development); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("malformed: %v", err)
	}
}

func TestVariablesWithASlipAreMistakes(t *testing.T) {
	load := func(variables ...string) error {
		_, err := loadFrom(t, Environment{Prefix: "GIND_", Variables: variables})
		return err
	}
	wants(t, load("GIND_SERVR_READ_TIMEOUT=5s"), "$GIND_SERVR_READ_TIMEOUT: no key has this name (did you mean GIND_SERVER_READ_TIMEOUT?)")
	for _, fine := range []string{
		"GIND_DATABASE_URL=postgres://", "GIND_PORT=tcp://10.0.0.1:8080", "GIND_SERVICE_HOST=10.0.0.1", "GIND_SERVICE_PORT_HTTP=80",
		"GIND_PORT_8080_TCP_ADDR=10.0.0.1", "GIND_=", "GIND=", "HOME=/root",
	} {
		if err := load(fine); err != nil {
			t.Errorf("%s: %v", fine, err)
		}
	}
	wants(t, load("GIND_TOKEN=\xff"), "$GIND_TOKEN: token: the value is not valid UTF-8")
}

func TestListsAndMapsCanBeGivenAsOneText(t *testing.T) {
	k := keysFrom(t, Environment{Prefix: "GIND_", Variables: []string{
		"GIND_ORIGINS=https://a.example, https://b.example", `GIND_NETWORKS=["10.0.0.0/8"]`, "GIND_LISTENERS={http: {address: ':80'}}",
	}})
	if !slices.Equal(k.Origins, []string{"https://a.example", "https://b.example"}) || !slices.Equal(k.Networks, []string{"10.0.0.0/8"}) {
		t.Errorf("lists are %v and %v", k.Origins, k.Networks)
	}
	if k.Listeners["http"].Address != ":80" {
		t.Errorf("listeners are %v", k.Listeners)
	}
	_, err := loadFrom(t, Values{"origins": {Text: "[", Source: "--set origins"}, "a..b": {Text: "1", Source: "--set a..b"}})
	wants(t, err, "--set origins: origins: malformed YAML", `--set a..b: "a..b" is no key`)
}

func TestFilesThatAreNoneAreRefused(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("/dev/null is another device")
	}
	if k := keysFrom(t, File{Path: "/dev/null"}); k.Server.Workers != 4 {
		t.Errorf("/dev/null says %+v", k)
	}
	_, err := loadFrom(t, File{Path: "/dev/zero"})
	wants(t, err, "/dev/zero: can't be read: it is not a regular file")
}

// absent is a source on another machine.
type absent struct{ err error }

func (a absent) Read(context.Context, *Reading) (*Content, error) {
	if a.err == nil {
		panic("a nil map")
	}
	return nil, a.err
}

func TestSourcesThatFailRefuseTheLoad(t *testing.T) {
	_, err := loadFrom(t, absent{errors.New("etcd: no leader")})
	wants(t, err, "etcd: no leader")
	_, err = loadFrom(t, absent{})
	wants(t, err, "source config.absent: panic: a nil map")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := (&Loader{Schema: keysSchema(t)}).Load(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end of ctx: %v", err)
	}
}

// TestChecksAreHeardBesideOtherMistakes, unless they come of them.
func TestChecksAreHeardBesideOtherMistakes(t *testing.T) {
	check := func(s *Snapshot) []*document.Mistake {
		return []*document.Mistake{s.Mistake("server.ratio", "half is enough"), s.Mistake("listeners.http.address", "an address is missing")}
	}
	for text, want := range map[string]int{
		"server: {ratio: 1}\n":                                   2,
		"server: {ratio: 1, workers: 0}\n":                       3,
		"server: {ratio: 1, wrokers: 2}\n":                       3,
		"server: {ratio: 2}\n":                                   2, // the value itself is wrong
		"server: {ratio: 1}\nlisteners: {http: {addr: ':80'}}\n": 2, // it is not missing, but has another name
		"server: [\n":                                            1, // who knows what the file says
	} {
		loader := &Loader{
			Schema: keysSchema(t), Sources: []Source{File{Path: fileWith(t, text)}}, Checks: []func(*Snapshot) []*document.Mistake{check},
		}
		if _, err := loader.Load(t.Context()); len(document.Mistakes(err)) != want {
			t.Errorf("%q: want %d mistakes:\n%v", text, want, err)
		}
	}
}
