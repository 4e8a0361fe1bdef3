//go:build linux

package config

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/gind/gind/vm-tests/installed"
	"github.com/gind/gind/vm-tests/machine"
	"github.com/gind/gind/vm-tests/service"
)

// layers of the config, the weakest first, and where a value of theirs is said
// to come from.
var layers = []struct{ name, origin string }{
	{"a package's drop-in", "/usr/lib/gind/gind.d/10-package.yaml:"},
	{"the file", "/etc/gind/gind.yaml:"},
	{"a drop-in", "/etc/gind/gind.d/10-own.yaml:"},
	{"the overlay", "/etc/gind/gind.staging.yaml:"},
	{".env", ".env:"},
	{"a variable", "$GIND_"},
	{"a flag", "--set "},
}

// layeredKeys are as many durations as there are layers.
var layeredKeys = []string{
	"server.read_header_timeout", "server.read_timeout", "server.write_timeout", "server.idle_timeout",
	"cors.max_age", "drain.delay", "upgrade.timeout",
}

// TestLaterLayersOfTheConfigWin: layer i sets the keys from i on to i+1 seconds,
// so that each key has to have the value of another layer.
func TestLaterLayersOfTheConfigWin(t *testing.T) {
	installed.Gind(t, func(t *testing.T, m *machine.Machine) {
		// The schema that the installed file names is that of the program.
		m.Run("gind config schema | cmp - $(sed -n 's/^# yaml-language-server: $schema=//p' " + service.ConfigFile + ") && gind check")
		m.Run("gind supervise schema | cmp - /usr/share/gind/gind-supervise.schema.json")
		m.Write("/usr/lib/gind/gind.d/10-package.yaml", layerFile(0))
		service.Configure(m, "environment: staging", "config: {dotenv: true}", layerFile(1))
		m.Write("/etc/gind/gind.d/10-own.yaml", layerFile(2))
		m.Write("/etc/gind/gind.staging.yaml", layerFile(3))
		m.Write("/root/.env", layerVariables(4))
		command := "cd /root && env " + strings.ReplaceAll(layerVariables(5), "\n", " ") +
			" gind config show --json " + layerFlags(6)
		var entries []struct{ Key, Value, Origin string }
		if err := json.Unmarshal([]byte(m.Run(command)), &entries); err != nil {
			t.Fatal(err)
		}
		for i, key := range layeredKeys {
			for _, e := range entries {
				want := fmt.Sprintf("%ds", i+1)
				if e.Key == key && (e.Value != want || !strings.HasPrefix(e.Origin, layers[i].origin)) {
					t.Errorf("%s is %s from %s, want %s from %s", key, e.Value, e.Origin, want, layers[i].name)
				}
			}
		}
		m.Run("systemctl restart gind") // the service takes the same
		if got := m.Run("gind config show --running"); !regexp.MustCompile(`server.idle_timeout: +4s +# /etc/gind/gind.staging.yaml:`).MatchString(got) {
			t.Errorf("the service has %s", got)
		}
	})
}

func layerFile(layer int) string {
	var b strings.Builder
	for _, key := range layeredKeys[layer:] {
		group, name, _ := strings.Cut(key, ".")
		if !strings.Contains(b.String(), group+":") {
			fmt.Fprintf(&b, "%s:\n", group)
		}
		fmt.Fprintf(&b, "  %s: %ds\n", name, layer+1)
	}
	return b.String()
}

func layerVariables(layer int) string {
	var b strings.Builder
	for _, key := range layeredKeys[layer:] {
		fmt.Fprintf(&b, "GIND_%s=%ds\n", strings.ToUpper(strings.ReplaceAll(key, ".", "_")), layer+1)
	}
	return b.String()
}

func layerFlags(layer int) string {
	var b strings.Builder
	for _, key := range layeredKeys[layer:] {
		fmt.Fprintf(&b, " --set %s=%ds", key, layer+1)
	}
	return b.String()
}

func TestDotEnvIsRefusedInProduction(t *testing.T) {
	installed.Gind(t, func(t *testing.T, m *machine.Machine) {
		m.Write("/root/.env", "# of a developer\nGIND_LOG_LEVEL=debug\n")
		const check = "cd /root && gind check"
		if got := m.Fail(78, check); !strings.Contains(got, ".env:2:1: log.level: a file .env is for the environment development") {
			t.Errorf("printed %q", got)
		}
		m.Run(check + " --environment development")
		m.Run(check + " --set config.dotenv=true")
	})
}

// TestMistakesAreTheSameEverywhere: "check", "reload" and a start say the same, of
// all layers, and of values that contradict what is on the machine, at once.
func TestMistakesAreTheSameEverywhere(t *testing.T) {
	installed.Testapp(t, nil, func(t *testing.T, m *machine.Machine) {
		service.Configure(m, listenHTTP, "config: {fallback_to_last_good: false}")
		m.Run("systemctl start gind")
		service.Configure(m,
			"config: {fallback_to_last_good: false}",
			"server: {read_timeout: 5, reed_timeout: 5s}",
			"static: {root: /srv/nowhere}",
			"pair: {first: one}",
			"listeners:",
			"  http: {address: ':8080'}",
			"  other: {address: '127.0.0.1:8080'}",
			"  https: {address: ':8443', certificate: /etc/gind/server.crt, key: /etc/gind/server.key}")
		m.Write("/etc/gind/gind.d/10.yaml", "log: {level: loud}\n")

		check := m.Fail(78, "gind check")
		for _, mistake := range []string{
			`gind.yaml:2:24: server.read_timeout: "5" has no unit (write 5s)`,
			`gind.yaml:2:27: server.reed_timeout: unknown key (did you mean read_timeout?)`,
			`gind.yaml:3:16: static.root: /srv/nowhere: no such file or directory`,
			`gind.yaml:4:15: pair.first: "one" is not a whole number`,
			`gind.yaml:7:20: listeners.other.address: "127.0.0.1:8080" has the port of listener http (":8080")`,
			`gind.yaml:8:42: listeners.https.certificate: /etc/gind/server.crt can't be read: no such file or directory`,
			`gind.yaml:8:69: listeners.https.key: /etc/gind/server.key can't be read: no such file or directory`,
			`gind.d/10.yaml:1:14: log.level: "loud" is not one of`,
			"    2 | server: {read_timeout: 5, reed_timeout: 5s}\n                               ^",
			"\n8 mistakes",
		} {
			if !strings.Contains(check, mistake) {
				t.Errorf("check does not say %q:\n%s", mistake, check)
			}
		}
		if reload := m.Fail(78, "gind reload"); reload != check {
			t.Errorf("reload says\n%s\nand check\n%s", reload, check)
		}
		m.Run("systemctl stop gind.socket gind.service")
		if start := m.Fail(78, "gind serve 2>&1"); start != check {
			t.Errorf("a start says\n%s\nand check\n%s", start, check)
		}
		m.Fail(1, "systemctl start gind.service")
		for line := range strings.Lines(check) {
			if journal := machine.Messages(m.Journal("-u", "gind", "-p", "err")); !strings.Contains(journal, strings.TrimRight(line, "\n")) {
				t.Errorf("the journal does not say %q:\n%s", line, journal)
			}
		}
		wantJSON(t, m, strings.Count(check, " mistakes")+7)
	})
}

// wantJSON holds "check --json" against the text of "check".
func wantJSON(t *testing.T, m *machine.Machine, mistakes int) {
	t.Helper()
	var verdict struct {
		OK       bool
		Mistakes []struct {
			File, Key, Text string
			Line, Column    int
		}
	}
	if err := json.Unmarshal([]byte(m.Fail(78, "gind check --json --file /etc/gind/gind.yaml")), &verdict); err != nil {
		t.Fatal(err)
	}
	first := fmt.Sprintf("%+v", verdict.Mistakes[0])
	if verdict.OK || len(verdict.Mistakes) != mistakes || !regexp.MustCompile(`gind.yaml Key:server.read_timeout .*Line:2 Column:24`).MatchString(first) {
		t.Errorf("check --json: %+v", verdict)
	}
}
