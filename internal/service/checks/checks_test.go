package checks

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gind/gind/internal/config"
	"github.com/gind/gind/internal/settings"
)

func TestEveryTypeOfCheckIsMadeFromItsKeys(t *testing.T) {
	dir := t.TempDir()
	password := filepath.Join(dir, "password")
	if err := os.WriteFile(password, []byte("swordfish\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "gind.yaml")
	text := fmt.Sprintf(`
health:
  checks:
    http: {type: http, url: "http://localhost:1/", headers: {Authorization: file:%[1]s}, status: [200, 302], body: ok, kind: live}
    tcp: {type: tcp, address: "localhost:1"}
    redis: {type: redis, address: "localhost:1", user: u, password: file:%[1]s, tls: verify-full, server_name: x}
    mysql: {type: mysql, address: "unix:/run/mysqld/mysqld.sock", user: u, password: file:%[1]s, database: d}
    postgres: {type: postgres, address: "localhost:1", user: u, password: file:%[1]s, tls: require}
    disk: {type: disk, path: /, min_free: 1KiB, min_inodes_percent: 0.1, kind: advisory}
    memory: {type: memory, max_used_percent: 99.9}
    unit: {type: unit, unit: dbus.service}
    exec: {type: exec, command: ["true"], variables: {TOKEN: file:%[1]s}, interval: 1m, timeout: 2s, jitter: 1s, fall: 3, rise: 2}
    scheduler: {type: scheduler, max_wait: 1s}
`, password)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	now, err := (&config.Loader{
		Schema:  config.NewSchema(settings.Default()),
		Sources: []config.Source{config.File{Path: file}},
		Checks:  []func(*config.Snapshot) []*config.Mistake{settings.Check, Mistakes},
	}).Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c, err := New(Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Begin(now); err != nil {
		t.Fatal(err)
	}
	names := map[string]string{}
	for _, v := range c.Verdicts() {
		names[v.Name] = v.Kind.String()
	}
	for name := range probes {
		if names[name] == "" {
			t.Errorf("there is no check %s", name)
		}
	}
	if names["http"] != "live" || names["disk"] != "advisory" || names["tcp"] != "ready" {
		t.Errorf("kinds: %v", names)
	}
	for _, e := range now.Entries() {
		if strings.Contains(e.Value, "swordfish") {
			t.Errorf("%s shows the secret: %s", e.Key, e.Value)
		}
	}
}
