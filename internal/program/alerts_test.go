package program

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/gind/gind/internal/command"
)

// alertsOf sends the alerts of a site's config, as "gind alert" does.
func alertsOf(s *site, unit string) (string, error) {
	return s.program().alert(context.Background(), command.Input{ConfigFile: s.file(), Explicit: true}, unit)
}

// hook is a webhook's receiver.
func hook(t *testing.T) (url string, received chan map[string]any) {
	t.Helper()
	received = make(chan map[string]any, 10)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var notice map[string]any
		if err := json.NewDecoder(r.Body).Decode(&notice); err != nil {
			t.Error(err)
		}
		received <- notice
	}))
	t.Cleanup(server.Close)
	return server.URL, received
}

// TestABadConfigAlertsNonetheless: it may be why the service is down.
func TestABadConfigAlertsNonetheless(t *testing.T) {
	t.Setenv("MONITOR_SERVICE_RESULT", "exit-code")
	url, received := hook(t)
	s := newSite(t, nil)
	s.write("server: {read_timeout: 5}\nnonsense: {}\nalerts: {hook: {type: webhook, url: %q}, half: {type: pigeon}}\n", url)
	report, err := alertsOf(s, "probe.service")
	if err != nil || !strings.Contains(report, "probe.service on ") {
		t.Fatalf("%q, %v", report, err)
	}
	if n := <-received; n["unit"] != "probe.service" || runtime.GOOS == "linux" && n["result"] != "exit-code" || !strings.Contains(n["text"].(string), "probe.service on ") {
		t.Errorf("%v", n)
	}
	if strings.Contains(report, url) {
		t.Errorf("the report has the secret: %s", report)
	}
}

func TestAlertsOfTheLastGoodConfigWhereTheFileCannotBeRead(t *testing.T) {
	t.Setenv("STATE_DIRECTORY", t.TempDir())
	url, received := hook(t)
	s := newSite(t, nil)
	if err := os.WriteFile(s.dir+"/url", []byte(url), 0o600); err != nil {
		t.Fatal(err)
	}
	address := freeAddress(t)
	s.write("listeners: {http: {address: %q}}\nalerts: {hook: {type: webhook, url: 'file:%s/url'}}\n", address, s.dir)
	s.runOnce(address)
	s.write("alerts: {hook: [\n")
	if report, err := alertsOf(s, "probe.service"); err != nil || len(received) != 1 {
		t.Errorf("%q, %v", report, err)
	}
}

func TestAlertRefusesWhatIsNoUnit(t *testing.T) {
	s := newSite(t, nil)
	s.write("server: {}\n")
	for _, unit := range []string{"", "-x", "a b", "a/b", "$(id)"} {
		if _, err := alertsOf(s, unit); err == nil {
			t.Errorf("%q", unit)
		}
	}
	if report, err := alertsOf(s, "probe.service"); err != nil || !strings.Contains(report, "no alerts") {
		t.Errorf("%q, %v", report, err)
	}
}

func TestMistakesInAlertsHaveTheirPlaces(t *testing.T) {
	s := newSite(t, nil)
	for text, want := range map[string]string{
		"{a: {type: webhook}}":                           "alerts.a.url: the value is missing: type webhook needs it",
		"{a: {type: webhook, url: 'x'}}":                 "alerts.a.url: it is no URL with http or https",
		"{a: {type: mail, to: [root], url: 'http://x'}}": "alerts.a.url: type mail has no such key (it is for webhook)",
		"{a: {type: mail, to: ['-oQ/tmp']}}":             `alerts.a.to: "-oQ/tmp" is no address of a mail`,
		"{a: {type: command}}":                           "alerts.a.command: the value is missing: type command needs it",
	} {
		s.write("alerts: %s\n", text)
		if err := s.check(); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "probe.yaml:2:") {
			t.Errorf("%s: %v\nwant %s", text, err, want)
		}
	}
}

// TestACrashLoopIsToldByAPathUnit that waits for a file beside the record of the starts, and
// nobody is told if it is over by then.
func TestACrashLoopIsToldByAPathUnit(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TRIGGER_PATH", filepath.Join(dir, "crash-loop"))
	url, received := hook(t)
	s := newSite(t, nil)
	s.write("alerts: {hook: {type: webhook, url: %q}}\n", url)
	if report, err := alertsOf(s, "probe.service"); err != nil || !strings.Contains(report, "nobody is told") {
		t.Errorf("without a loop: %q, %v", report, err)
	}
	record := `{"looping": true, "failed": 5, "first": "2026-01-02T12:03:01Z", "least": 8000000000, "most": 30000000000, "last": "no database"}`
	if err := os.WriteFile(filepath.Join(dir, "starts"), []byte(record), 0o600); err != nil {
		t.Fatal(err)
	}
	report, err := alertsOf(s, "probe.service")
	if err != nil || !strings.Contains(report, " is in a crash loop: 5 starts have failed since ") {
		t.Fatalf("%q, %v", report, err)
	}
	n := <-received
	if reason := n["reason"].(string); n["crash_loop"] != true || n["result"] != "crash-loop" || n["remedy"] != nil || !strings.Contains(reason, "; it goes on trying every 8s to 30s; the last: no database") {
		t.Errorf("%v", n)
	}
	if len(received) > 0 {
		t.Error("it was told before")
	}
}
