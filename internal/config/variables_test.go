package config

import (
	"maps"
	"path/filepath"
	"testing"

	"github.com/gind/gind/internal/config/document"
	"github.com/gind/gind/internal/config/schema"
	"github.com/gind/gind/value"
)

type alarms struct {
	Alerts    map[string]alarm  `yaml:"alerts"`
	Variables map[string]string `yaml:"variables"`
}

type alarm struct {
	URL       string                  `yaml:"url"`
	Variables map[string]value.Secret `yaml:"variables"`
}

func alarmsFrom(t *testing.T, prototype *alarms, sources ...Source) (*alarms, error) {
	t.Helper()
	s := schema.NewSchema(prototype)
	s.Close()
	loaded, err := (&Loader{Schema: s, Sources: sources}).Load(t.Context())
	if err != nil {
		return nil, err
	}
	return loaded.Value().(*alarms), nil
}

// TestVariablesReachEntriesWithDashes, dots and capitals in their names, wherever
// another layer names them, later ones too.
func TestVariablesReachEntriesWithDashes(t *testing.T) {
	folder := t.TempDir()
	overlay := Overlay{File: filepath.Join(folder, "gind.yaml"), Key: "environment"}
	write(t, filepath.Join(folder, "gind.test.yaml"), "alerts: {late-one: {url: x}}\n")
	variables := Environment{Prefix: "SHOP_", Variables: []string{
		"SHOP_ENVIRONMENT=test", "SHOP_ALERTS_ON_CALL_URL=on", "SHOP_ALERTS_LATE_ONE_URL=late", "SHOP_ALERTS_NEW_URL=new",
		"SHOP_ALERTS_OWN_ONE_URL=own", "SHOP_ALERTS_Flag_URL=flag", "SHOP_ALERTS_A_B_URL=dot",
	}}
	type withEnvironment struct {
		Environment string           `yaml:"environment" default:"production" format:"name"`
		Alerts      map[string]alarm `yaml:"alerts"`
	}
	s := schema.NewSchema(&withEnvironment{Alerts: map[string]alarm{"own-one": {}}})
	s.Close()
	loaded, err := (&Loader{Schema: s, Sources: []Source{
		oneFile("alerts: {on-call: {url: x}, a.b: {url: x}}\n"), overlay, variables,
		Values{"alerts.Flag.url": {Text: "wins", Source: "--set"}},
	}}).Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for name, alert := range loaded.Value().(*withEnvironment).Alerts {
		got[name] = alert.URL
	}
	want := map[string]string{"on-call": "on", "late-one": "late", "new": "new", "own-one": "own", "Flag": "wins", "a.b": "dot"}
	if !maps.Equal(got, want) {
		t.Errorf("alerts %v, want %v", got, want)
	}
}

func TestAVariableThatCouldMeanTwoEntriesIsRefused(t *testing.T) {
	_, err := alarmsFrom(t, new(alarms), oneFile("alerts: {on-call: {url: x}, on.call: {url: x}}\n"),
		Environment{Prefix: "SHOP_", Variables: []string{"SHOP_ALERTS_ON_CALL_URL=y"}})
	wants(t, err, "$SHOP_ALERTS_ON_CALL_URL: alerts.on_call.url: a variable's name can't say which is meant, on-call or on.call (set it in a file)")
	if n := len(document.Mistakes(err)); n != 1 {
		t.Errorf("%d mistakes: %v", n, err)
	}
	both, err := alarmsFrom(t, new(alarms), oneFile("alerts: {on-call: {url: x}, on_call: {url: x}}\n"),
		Environment{Prefix: "SHOP_", Variables: []string{"SHOP_ALERTS_ON_CALL_URL=y"}})
	if err != nil || both.Alerts["on_call"].URL != "y" || both.Alerts["on-call"].URL != "x" {
		t.Errorf("the one of exactly that name: %+v, %v", both, err)
	}
}

// TestVariablesKeepTheCaseOfNames that may be anybody's; where a layer has the name,
// it is that one. Text in YAML is as it is.
func TestVariablesKeepTheCaseOfNames(t *testing.T) {
	got, err := alarmsFrom(t, new(alarms), oneFile("alerts: {db: {variables: {Path-Of: x}}}\n"), Environment{Prefix: "SHOP_", Variables: []string{
		"SHOP_ALERTS_DB_VARIABLES_PGPASSWORD=a", "SHOP_ALERTS_DB_VARIABLES_PATH_OF=b", "SHOP_VARIABLES_Mixed_Case=c",
		"SHOP_ALERTS_Q_VARIABLES={path-of: d}",
	}})
	if err != nil {
		t.Fatal(err)
	}
	db := got.Alerts["db"].Variables
	if len(db) != 2 || db["PGPASSWORD"].Reveal() != "a" || db["Path-Of"].Reveal() != "b" || got.Variables["Mixed_Case"] != "c" || got.Alerts["q"].Variables["path-of"].Reveal() != "d" {
		t.Errorf("got %+v", got)
	}
}
