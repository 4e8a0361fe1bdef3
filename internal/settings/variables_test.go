package settings_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/gind/gind/internal/config"
	"github.com/gind/gind/internal/settings"
)

// TestVariablesSetWhatTheySay or are refused with the reason: a header's name has
// dashes, a variable's has none.
func TestVariablesSetWhatTheySay(t *testing.T) {
	file := filepath.Join(t.TempDir(), "shop.yaml")
	write(t, file, `health: {checks: {db: {type: exec, command: [psql]}}}
alerts: {on-call: {type: webhook, url: "https://a.example", headers: {X-Token: a}}}
`)
	load := func(variables ...string) (*settings.Settings, error) {
		schema := config.NewSchema(settings.Default())
		schema.Close()
		s, err := (&config.Loader{
			Schema:  schema,
			Sources: []config.Source{config.File{Path: file}, config.Environment{Prefix: "SHOP_", Variables: variables}},
			Checks:  []func(*config.Snapshot) []*config.Mistake{settings.Check},
		}).Load(t.Context())
		if err != nil {
			return nil, err
		}
		return settings.Of(s), nil
	}
	keys, err := load("SHOP_ALERTS_ON_CALL_URL=https://b.example", "SHOP_HEALTH_CHECKS_DB_VARIABLES_PGPASSWORD=hunter2",
		"SHOP_ALERTS_ON_CALL_HEADERS_X_TOKEN=b", "SHOP_ALERTS_ON_CALL_HEADERS_AUTHORIZATION=c")
	if err != nil {
		t.Fatal(err)
	}
	alert := keys.Alerts["on-call"]
	if got := keys.Health.Checks["db"].Variables["PGPASSWORD"].Reveal(); got != "hunter2" {
		t.Errorf("the command's variables are %v", keys.Health.Checks["db"].Variables)
	}
	if len(keys.Alerts) != 1 || alert.URL.Reveal() != "https://b.example" || alert.Headers["X-Token"].Reveal() != "b" || alert.Headers["AUTHORIZATION"].Reveal() != "c" {
		t.Errorf("the alerts are %v", keys.Alerts)
	}
	_, err = load("SHOP_ALERTS_ON_CALL_HEADERS_X_OTHER=b")
	const want = "$SHOP_ALERTS_ON_CALL_HEADERS_X_OTHER: alerts.on-call.headers.X_OTHER: the name of a variable has no dashes, and so can't say which header is meant " +
		"(name it in a file, or write {X-OTHER: …} as the value of $SHOP_ALERTS_ON_CALL_HEADERS)"
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%v\nwant %s", err, want)
	}
	if keys, err = load("SHOP_ALERTS_ON_CALL_HEADERS={X-OTHER: b}"); err != nil || len(keys.Alerts["on-call"].Headers) != 2 {
		t.Errorf("as the value of the map: %v", err)
	}
}
