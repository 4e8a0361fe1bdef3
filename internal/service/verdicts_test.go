package service

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gind/gind/internal/command"
	"github.com/gind/gind/internal/config"
	"github.com/gind/gind/internal/lifecycle"
	"github.com/gind/gind/internal/program/layers"
	"github.com/gind/gind/internal/service/checks"
)

// verdicts asks all three who judge a config: check, a reload of a running service, and
// a start.
type verdicts struct {
	*site
	running *Service
	seed    string
}

// options of a service with the config in the file.
func (v *verdicts) options() Options {
	from := layers.Layers{Name: "probe", File: v.file(), Check: checks.Mistakes}
	return Options{
		Name: "probe", Loader: from.Loader(command.Input{ConfigFile: v.file(), Explicit: true}),
		Setup: func(*Service) error { return nil },
	}
}

func (v *verdicts) check() error {
	o := v.options()
	o.Inspect = true
	s, err := New(v.t.Context(), o)
	if err != nil {
		return err
	}
	return s.Discard()
}

func (v *verdicts) reload() error {
	_, err := v.running.reloader.Reload(v.t.Context(), "test")
	return err
}

// starts the service, waits until it is ready, and ends it.
func (v *verdicts) starts() error {
	s, err := New(v.t.Context(), v.options())
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(v.t.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	for {
		select {
		case err := <-ended:
			return err
		case <-time.After(2 * time.Millisecond):
		}
		if s.machine.State() == lifecycle.Ready {
			cancel()
			return <-ended
		}
	}
}

// agree fails the test unless all three say the same of a config: in the same words
// where it is bad.
func (v *verdicts) agree(name, text string) (good bool) {
	v.t.Helper()
	if err := os.WriteFile(v.file(), []byte(text), 0o600); err != nil {
		v.t.Fatal(err)
	}
	check := v.check()
	// A reload first: what it is to listen on must not be taken by the other.
	reload := v.reload()
	if reload == nil {
		v.away()
	}
	if err := os.WriteFile(v.file(), []byte(text), 0o600); err != nil {
		v.t.Fatal(err)
	}
	start := v.starts()
	for by, err := range map[string]error{"a reload": reload, "a start": start} {
		switch {
		case (check == nil) != (err == nil):
			v.t.Errorf("%s (%s)\n%s\ncheck says: %v\n%s says: %v", name, v.seed, text, check, by, err)
		case check != nil && told(check) != told(err):
			v.t.Errorf("%s (%s)\n%s\ncheck says:\n%s\n%s says:\n%s", name, v.seed, text, told(check), by, told(err))
		}
	}
	return check == nil
}

// away has the running service let go of what the config told it to listen on.
func (v *verdicts) away() {
	v.t.Helper()
	v.write("listeners: {http: {address: '127.0.0.1:0'}}\nconfig: {confirm: 0s}\n")
	if err := v.reload(); err != nil {
		v.t.Fatalf("back to the beginning (%s): %v", v.seed, err)
	}
	await(v.t, "only one listener is left", func() bool { return len(v.running.serving.Requests()) == 1 })
}

// told is what an operator reads of a bad config.
func told(err error) string {
	var bad *command.ConfigError
	if errors.As(err, &bad) {
		err = bad.Err
	}
	if mistakes := config.Mistakes(err); len(mistakes) > 0 {
		return config.Explain(err)
	}
	return fmt.Sprint("no mistakes of a config: ", err)
}

func newVerdicts(t *testing.T) *verdicts {
	v := &verdicts{site: newSite(t, nil)}
	v.history = nil
	v.write("listeners: {http: {address: '127.0.0.1:0'}}\nconfig: {confirm: 0s}\n")
	v.running, _ = v.start()
	writeCertificate(t, v.dir, 1)
	for name, text := range map[string]string{"text": "this is a text\n", "other.key": ""} {
		if err := os.WriteFile(filepath.Join(v.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(v.dir, "site"), 0o700); err != nil {
		t.Fatal(err)
	}
	return v
}

// TestCheckReloadAndStartAgree on each config that has been written down as a bad one.
func TestCheckReloadAndStartAgree(t *testing.T) {
	v := newVerdicts(t)
	var files []string
	judged := 0
	for _, folder := range []string{"../config/testdata/bad", "../settings/testdata/bad"} {
		some, err := filepath.Glob(folder + "/*.yaml")
		if err != nil || len(some) < 25 {
			t.Fatal("too few files in ", folder, err)
		}
		files = append(files, some...)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text = []byte(strings.ReplaceAll(string(text), "$DIR", v.dir))
		if err := os.WriteFile(v.file(), text, 0o600); err != nil {
			t.Fatal(err)
		}
		if v.check() == nil {
			continue // with other keys than it was written for, and with ports that may be taken
		}
		v.agree(file, string(text))
		judged++
	}
	if judged < 80 {
		t.Errorf("only %d of %d are bad", judged, len(files))
	}
}

// pool are values of keys, right and wrong ones. $DIR is a folder, each $PORT a port
// that is free, each $N a number.
var pool = map[string][]string{
	"environment":                  {"production", "development", "test", "staging", "prodction", "'a b'", "''"},
	"server.read_header_timeout":   {"10s", "5m", "1", "0s", "24h"},
	"server.read_timeout":          {"5s", "1h", "-1s"},
	"server.write_timeout":         {"5s", "1m"},
	"server.handler_timeout":       {"0s", "5s", "2h"},
	"server.max_header":            {"4KiB", "1KiB", "64KiB"},
	"server.max_body":              {"0", "1MiB", "x"},
	"server.trusted_proxies":       {"[10.0.0.0/8, '::1']", "[x]", "['10.0.0.1/33']", "['::ffff:10.0.0.1/100']", "['fe80::1%eth0']", "[unix]", "['']", "['0.0.0.0/0', 10.0.0.1]"},
	"static.root":                  {"$DIR/site", "$DIR/nowhere", "$DIR/text", "''", "'~/site'", "site"},
	"static.spa":                   {"true", "yes"},
	"cors.allow_origins":           {"[https://a.example]", "['*']", "['http://[::1]:80']", "[a.example]", "['https://a.example/']", "['https://*.shop.example']", "['https://a.example:443']", "['null']", "['https://a.example', 'https://a.example']", "['https://bücher.example']", "['HTTPS://A.example']", "['']"},
	"cors.allow_methods":           {"[GET]", "['G T']", "[]", "['*']", "['']"},
	"cors.allow_headers":           {"[X-A]", "['X A']", "['*']", "['']"},
	"cors.allow_credentials":       {"true"},
	"cors.max_age":                 {"0s", "25h"},
	"log.access":                   {"true", "false"},
	"log.rate":                     {"0", "-1", "1000000"},
	"log.replay":                   {"true"},
	"log.directory":                {"$DIR/logs", "$DIR/text/logs", "$DIR/text"},
	"log.mirror":                   {"off", "always", "fallback", "never"},
	"log.mirror_format":            {"json", "logfmt"},
	"log.mirror_max_size":          {"0", "1MiB", "1KiB", "16GiB"},
	"log.mirror_max_total":         {"4MiB", "1GiB"},
	"health.interval":              {"1s", "1ms"},
	"health.timeout":               {"1s", "0s"},
	"health.checks.a.type":         {"scheduler", "tcp", "http", "exec", "disk", "nothing"},
	"health.checks.a.kind":         {"advisory"},
	"health.checks.a.address":      {"'127.0.0.1:1'", "x"},
	"health.checks.a.url":          {"http://127.0.0.1:1/", "x", "ftp://a.example", "'http://'"},
	"health.checks.a.method":       {"GET", "'G T'", "''"},
	"health.checks.a.headers":      {"{X-A: b}", "{'X A': b}"},
	"health.checks.a.body":         {"ok", "'('"},
	"health.checks.a.ca":           {"$DIR/server.crt", "$DIR/nowhere", "$DIR/text"},
	"health.checks.a.command":      {"[sh]", "[nosuch-command]", "['']", "[]"},
	"health.checks.a.directory":    {"$DIR", "$DIR/nowhere"},
	"health.checks.a.path":         {"/", "/nowhere"},
	"health.checks.a.timeout":      {"1s", "1h"},
	"health.checks.a.interval":     {"1s", "1ms"},
	"health.checks.'a b'.type":     {"scheduler"},
	"alerts.a.type":                {"webhook", "command", "mail"},
	"alerts.a.url":                 {"https://a.example", "x"},
	"alerts.a.command":             {"[sh]", "[]"},
	"alerts.a.to":                  {"[root@a.example]", "[-x]"},
	"drain.delay":                  {"0s", "1ms"},
	"drain.timeout":                {"1s", "1ms"},
	"upgrade.timeout":              {"1s"},
	"control.socket":               {"$DIR/c.sock", "c.sock", "$DIR/$LONG", "$DIR/text", "'~/c.sock'"},
	"config.watch":                 {"true", "false"},
	"config.fallback_to_last_good": {"false"},
	"listeners.a.address":          {"'127.0.0.1:$PORT'", "'127.0.0.1:0'", "'localhost:0'", "':99999'", "'127.0.0.1'"},
	"listeners.a.certificate":      {"$DIR/server.crt", "$DIR/text", "$DIR/nowhere"},
	"listeners.a.key":              {"$DIR/server.key", "$DIR/other.key"},
	"listeners.b.address":          {"'127.0.0.1:$PORT'", "'unix:$DIR/b.sock'", "'unix:$DIR/$LONG'", "'unix:@gind-$N'", "'unix:@$LONG'", "'unix:$DIR/text'", "'unix:$DIR/text/b.sock'", "'unix:$DIR//./c.sock'", "'unix:relative'"},
	"listeners.c-d.address":        {"'[::1]:0'", "'[::1%nowhere]:0'", "'unix:$DIR/c.sock'", "'127.0.0.1:http'"},
	"listeners.'a b'.address":      {"'127.0.0.1:0'"},
	"listeners.a.b.address":        {"'127.0.0.1:0'"},
	"listeners.control.address":    {"'127.0.0.1:0'"},
	"listeners.''.address":         {"'127.0.0.1:0'"},
	"listeners.a/b.address":        {"'127.0.0.1:0'"},
	"listeners.'a:b'.address":      {"'127.0.0.1:0'"},
	"listeners.ü.address":          {"'127.0.0.1:0'"},
	"listeners.'$LONGER'.address":  {"'127.0.0.1:0'"},
	"nothing.that.there.is":        {"1"},
}

// generate a config of some keys of the pool.
func (v *verdicts) generate(random *rand.Rand) string {
	keys := slices.Sorted(maps.Keys(pool))
	root := map[string]any{}
	set := func(key, value string) {
		at, names := root, strings.Split(key, ".")
		for _, name := range names[:len(names)-1] {
			next, _ := at[name].(map[string]any)
			if next == nil {
				next = map[string]any{}
			}
			at[name] = next
			at = next
		}
		at[names[len(names)-1]] = value
	}
	for range 1 + random.IntN(4) {
		key := keys[random.IntN(len(keys))]
		set(key, pool[key][random.IntN(len(pool[key]))])
	}
	set("log.level", "emerg")
	set("log.target", "text")
	if random.IntN(4) > 0 {
		set("listeners.a.address", "'127.0.0.1:0'")
	}
	text := flow(root)
	for strings.Contains(text, "$PORT") {
		_, port, _ := strings.Cut(freeAddress(v.t), ":")
		text = strings.Replace(text, "$PORT", port, 1)
	}
	return strings.NewReplacer("$DIR", v.dir, "$LONGER", strings.Repeat("x", 250), "$LONG", strings.Repeat("x", 110),
		"$N", fmt.Sprint(random.Uint32())).Replace(text[1:len(text)-1]) + "\n"
}

// flow is a mapping in YAML between braces, those at the top a line each.
func flow(of map[string]any) string {
	var fields []string
	for _, name := range slices.Sorted(maps.Keys(of)) {
		if below, ok := of[name].(map[string]any); ok {
			fields = append(fields, name+": "+strings.ReplaceAll(flow(below), "\n", ", "))
		} else {
			fields = append(fields, fmt.Sprint(name, ": ", of[name]))
		}
	}
	return "{" + strings.Join(fields, "\n") + "}"
}

// TestCheckReloadAndStartAgreeOnWhateverIsWritten: configs at random, from a seed that a
// failure names; SEED=n repeats it.
func TestCheckReloadAndStartAgreeOnWhateverIsWritten(t *testing.T) {
	seed := new(maphash.Hash).Sum64() % 1_000_000
	if text := os.Getenv("SEED"); text != "" {
		if _, err := fmt.Sscan(text, &seed); err != nil {
			t.Fatal(err)
		}
	}
	t.Log("SEED=", seed)
	v := newVerdicts(t)
	v.seed = fmt.Sprint("SEED=", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	good, rounds := 0, 60
	if testing.Short() {
		rounds = 10
	}
	for i := range rounds {
		if v.agree(fmt.Sprint("round ", i), v.generate(random)) {
			good++
		}
	}
	if good == 0 || good == rounds {
		t.Errorf("%s: %d of %d are good: this shows nothing", v.seed, good, rounds)
	}
}
