package settings

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gind/gind/internal/config"
	"github.com/gind/gind/internal/config/document"
	"github.com/gind/gind/internal/config/schema"
	"github.com/gind/gind/value"
)

// Default is what the keys are before any layer says something: one listener,
// reached from this machine only.
func Default() *Settings {
	return &Settings{Listeners: map[string]Listener{"http": {Address: "127.0.0.1:8080"}}}
}

// Of a config, the keys of gind.
func Of(s *config.Snapshot) *Settings { return s.Value().(*Settings) }

// environments are those that gind knows. Any other is as strict as production.
var environments = []string{"production", "development", "test"}

// IsStrict reports whether what is unsafe on the internet is refused.
func (s *Settings) IsStrict() bool { return s.Environment != "development" && s.Environment != "test" }

// Check finds values that are well-formed, but contradict each other or what is
// on the machine.
func Check(s *config.Snapshot) []*config.Mistake {
	keys, ok := s.Value().(*Settings)
	if !ok {
		return nil
	}
	c := &checking{snapshot: s}
	c.environment(keys.Environment)
	c.listeners(keys)
	if keys.Control.Socket != "" {
		c.socket("control.socket", keys.Control.Socket)
	}
	c.server(keys.Server)
	c.proxies(keys.Server.TrustedProxies)
	c.cors(keys)
	c.static(keys.Static)
	c.log(keys.Log)
	c.health(keys.Health.Checks)
	c.alerts(keys.Alerts)
	c.backoff(keys.Backoff)
	if keys.IsStrict() {
		c.mistakes = append(c.mistakes, s.ExposedSecrets()...)
	}
	return c.mistakes
}

type checking struct {
	snapshot *config.Snapshot
	mistakes []*config.Mistake
}

func (c *checking) mistake(key, format string, args ...any) {
	c.mistakes = append(c.mistakes, c.snapshot.Mistake(key, format, args...))
}

// backoff finds bounds that leave nothing between them.
func (c *checking) backoff(b Backoff) {
	switch {
	case b.Min <= b.Max:
	case c.isSet("backoff.min"):
		c.mistake("backoff.min", "%v is above backoff.max, %v", b.Min, b.Max)
	default:
		c.mistake("backoff.max", "%v is below backoff.min, %v", b.Max, b.Min)
	}
}

// isSet reports whether a layer sets a key: a default contradicts nobody.
func (c *checking) isSet(key string) bool { return !c.snapshot.Origin(key).IsDefault() }

// environment tells a slip from a name of one's own, which has an overlay.
func (c *checking) environment(name string) {
	if slices.Contains(environments, name) || slices.ContainsFunc(c.snapshot.Files, isOverlay(name)) {
		return
	}
	if meant, ok := document.Misspelt(name, environments); ok {
		c.mistake("environment", "%q is not %s, and has no overlay of its own (did you mean %s?)", name, meant, meant)
	}
}

func isOverlay(name string) func(file string) bool {
	return func(file string) bool { return strings.HasSuffix(file, "."+name+".yaml") }
}

// server finds a limit that another one makes meaningless.
func (c *checking) server(s Server) {
	const header, read, handler, write = "server.read_header_timeout", "server.read_timeout", "server.handler_timeout", "server.write_timeout"
	if c.isSet(header) && s.ReadHeaderTimeout > s.ReadTimeout {
		c.mistake(header, "%s is more than %s (%s), which bounds header and body together", schema.FormatDuration(s.ReadHeaderTimeout), read, schema.FormatDuration(s.ReadTimeout))
	}
	if c.isSet(handler) && c.isSet(write) && s.HandlerTimeout > s.WriteTimeout {
		c.mistake(handler, "%s is more than %s (%s), after which no response is sent any more", schema.FormatDuration(s.HandlerTimeout), write, schema.FormatDuration(s.WriteTimeout))
	}
}

func (c *checking) cors(keys *Settings) {
	everybody := slices.Contains(keys.CORS.AllowOrigins, "*")
	switch {
	case !everybody:
	case keys.IsStrict():
		c.mistake("cors.allow_origins", `"*" lets every site read the answers; it is refused in %s (name the origins)`, keys.Environment)
	case len(keys.CORS.AllowOrigins) > 1:
		c.mistake("cors.allow_origins", `"*" stands alone`)
	case keys.CORS.AllowCredentials:
		c.mistake("cors.allow_credentials", `credentials can't be allowed for "*" (name the origins)`)
	}
	for _, origin := range keys.CORS.AllowOrigins {
		if err := checkOrigin(origin); err != nil {
			c.mistake("cors.allow_origins", "%v", err)
		}
	}
}

func (c *checking) static(keys Static) {
	if keys.Root == "" {
		return
	}
	info, err := os.Stat(keys.Root)
	switch {
	case err != nil:
		c.mistake("static.root", "%s: %v", keys.Root, reason(err))
		return
	case !info.IsDir():
		c.mistake("static.root", "%s is not a folder", keys.Root)
		return
	}
	root, err := os.OpenRoot(keys.Root) // as a start does
	if err != nil {
		c.mistake("static.root", "%s: %v", keys.Root, reason(err))
		return
	}
	_ = root.Close()
}

// leastMirrorSize keeps a busy service from rotating its files all the time, in bytes.
const leastMirrorSize = 1 << 20

func (c *checking) log(keys Log) {
	if keys.Mirror != "off" {
		c.folderToBe("log.directory", keys.Directory)
	}
	const total, size = "log.mirror_max_total", "log.mirror_max_size"
	if keys.MirrorMaxSize > 0 && keys.MirrorMaxSize < leastMirrorSize {
		c.mistake(size, "%s is less than %s (0 leaves rotation to others)", keys.MirrorMaxSize, value.Bytes(leastMirrorSize))
		return
	}
	if keys.MirrorMaxTotal >= 4*keys.MirrorMaxSize {
		return
	}
	if c.isSet(total) {
		c.mistake(total, "%s is less than four files of %s (%s)", keys.MirrorMaxTotal, size, keys.MirrorMaxSize)
		return
	}
	c.mistake(size, "four files of %s are more than %s (%s)", keys.MirrorMaxSize, total, keys.MirrorMaxTotal)
}

// folderToBe finds what keeps a folder from being made: a file on the way.
func (c *checking) folderToBe(key, path string) {
	for at := path; at != ""; at = filepath.Dir(at) {
		info, err := os.Stat(at)
		if err == nil && !info.IsDir() {
			c.mistake(key, "%s is not a folder", at)
		}
		if err == nil || at == filepath.Dir(at) {
			return
		}
	}
}

// names in their order.
func names(listeners map[string]Listener) []string { return slices.Sorted(maps.Keys(listeners)) }
