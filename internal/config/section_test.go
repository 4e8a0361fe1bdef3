package config

import (
	"context"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gind/gind/internal/config/document"
	"github.com/gind/gind/internal/config/schema"
	"github.com/gind/gind/value"
)

// rich has what an application may have in its section.
type rich struct {
	Common   `yaml:",inline"`
	Plans    []plan            `yaml:"plans" validate:"max=2,dive"`
	Labels   map[string]string `yaml:"labels"`
	Limits   map[string]int    `yaml:"limits"`
	Network  netip.Prefix      `yaml:"network" default:"10.0.0.0/8"`
	Retry    *retry            `yaml:"retry"`
	Workers  *int              `yaml:"workers"`
	Endpoint string            `yaml:"endpoint" validate:"omitempty,url"`
	Password value.Secret      `yaml:"password" validate:"omitempty,min=8"`
	Keys     []value.Secret    `yaml:"keys"`
	Untagged uint8
	skipped  int      //nolint:unused // no key: it is not exported
	Ignored  chan int `yaml:"-"`
}

// Common is in line with the keys around it.
type Common struct {
	Title string `yaml:"title" default:"a shop"`
}

type plan struct {
	Name  string        `yaml:"name" validate:"required"`
	Price float64       `yaml:"price" default:"1.5"`
	Trial time.Duration `yaml:"trial" default:"24h"`
}

type retry struct {
	Times int `yaml:"times" default:"3"`
}

func loadRich(t testing.TB, text string) (*rich, *Snapshot, error) {
	t.Helper()
	s := schema.NewSchema(&struct{}{})
	if err := s.AddSection("shop", &rich{}); err != nil {
		t.Fatal(err)
	}
	s.Close()
	snapshot, err := (&Loader{Schema: s, Sources: []Source{File{Path: fileWith(t, text)}}}).Load(context.Background())
	if err != nil {
		return nil, nil, err
	}
	return snapshot.Section("shop").(*rich), snapshot, nil
}

func TestSectionsMayHaveAllKindsOfTypes(t *testing.T) {
	r, s, err := loadRich(t, `shop:
  title: books
  plans: [{name: basic}, {name: full, price: 9.5, trial: 0}]
  labels: {a.b/c: x, d: "y: z"}
  limits: {eu: 3}
  network: 192.0.2.0/24
  retry: {}
  workers: 5
  endpoint: https://example.org/
  password: hunter2-and-more
  keys: [one, two]
  untagged: 255
`)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(r.Plans, []plan{{"basic", 1.5, 24 * time.Hour}, {"full", 9.5, 0}}) {
		t.Errorf("plans are %+v", r.Plans)
	}
	if r.Title != "books" || r.Labels["a.b/c"] != "x" || r.Limits["eu"] != 3 || r.Network.String() != "192.0.2.0/24" ||
		r.Retry == nil || r.Retry.Times != 3 || r.Workers == nil || *r.Workers != 5 || r.Untagged != 255 {
		t.Errorf("the section is %+v", r)
	}
	if r.Password.Reveal() != "hunter2-and-more" || r.Keys[1].Reveal() != "two" {
		t.Error("a secret is another")
	}
	want := map[string]string{
		"shop.plans":          "[{name: basic, price: 1.5, trial: 24h}, {name: full, price: 9.5, trial: 0s}]",
		`shop.labels."a.b/c"`: "x",
		"shop.labels.d":       `"y: z"`,
		"shop.password":       `"[redacted]"`,
		"shop.keys":           `["[redacted]", "[redacted]"]`,
		"shop.retry.times":    "3",
	}
	for _, e := range s.Entries() {
		if text, ok := want[e.Key]; ok && text != e.Value {
			t.Errorf("%s: %s, want %s", e.Key, e.Value, text)
		}
		delete(want, e.Key)
	}
	if len(want) > 0 {
		t.Errorf("no entries for %v", want)
	}
}

func TestRulesOfASectionNameTheirPlace(t *testing.T) {
	_, _, err := loadRich(t, `shop:
  plans:
    - name: basic
    - price: 3
  endpoint: nowhere
  password: hunter2
  limits: {eu: many}
`)
	wants(t, err, ":4:7: shop.plans[1].name: the value is missing, and it has no default", `:5:13: shop.endpoint: "nowhere" is not a URL`,
		":6:13: shop.password: the value is below the minimum of 8 characters", `:7:16: shop.limits.eu: "many" is not a whole number`)
	if strings.Contains(document.Explain(err), "hunter2") {
		t.Errorf("a secret is shown: %s", document.Explain(err))
	}
}

func TestPrototypesThatCantBeReadAreRefused(t *testing.T) {
	type self struct {
		Next *self `yaml:"next"`
	}
	for name, prototype := range map[string]any{
		"a channel":     &struct{ C chan int }{},
		"itself":        &self{},
		"an interface":  &struct{ A any }{},
		"keys of a map": &struct{ M map[int]string }{},
		"a bad default": &struct {
			D time.Duration `default:"5"`
		}{},
		"a bad bound": &struct {
			N int `min:"few"`
		}{},
		"an unknown form": &struct {
			S string `format:"poem"`
		}{},
		"a default beyond": &struct {
			N int `default:"9" max:"5"`
		}{},
		"a word twice": &struct {
			A, B int `yaml:"n"`
		}{},
		"an unknown rule": &struct {
			S string `validate:"tasty"`
		}{},
		"a bad reload": &struct {
			S string `reload:"never"`
		}{},
		"no struct": new(int),
		"nothing":   nil,
		"nil":       (*rich)(nil),
	} {
		if err := schema.NewSchema(&struct{}{}).AddSection("shop", prototype); err == nil {
			t.Errorf("%s: taken", name)
		}
		if _, err := (&Loader{Schema: schema.NewSchema(prototype)}).Load(context.Background()); err == nil {
			t.Errorf("%s: loaded", name)
		}
	}
	if err := schema.NewSchema(&struct{}{}).AddSection("no name", &rich{}); err == nil {
		t.Error("a name with a space was taken")
	}
}

func TestPrototypesAreNotChanged(t *testing.T) {
	five := 5
	prototype := &rich{Labels: map[string]string{"a": "b"}, Workers: &five, Plans: []plan{{Name: "free"}}, Retry: &retry{}}
	s := schema.NewSchema(&struct{}{})
	if err := s.AddSection("shop", prototype); err != nil {
		t.Fatal(err)
	}
	file := File{Path: fileWith(t, "shop: {labels: {c: d}, workers: 6, plans: [{name: x}], retry: {times: 9}}")}
	snapshot, err := (&Loader{Schema: s, Sources: []Source{file}}).Load(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if five != 5 || len(prototype.Labels) != 1 || prototype.Labels["c"] != "" || prototype.Plans[0].Name != "free" || prototype.Retry.Times != 0 {
		t.Errorf("the prototype is %+v", prototype)
	}
	if r := snapshot.Section("shop").(*rich); *r.Workers != 6 || r.Retry.Times != 9 || len(r.Labels) != 1 {
		t.Errorf("the section is %+v", r)
	}
	empty, err := (&Loader{Schema: s}).Load(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if r := empty.Section("shop").(*rich); r.Labels["a"] != "b" || *r.Workers != 5 || r.Retry.Times != 3 {
		t.Errorf("the defaults are %+v", r)
	}
}
