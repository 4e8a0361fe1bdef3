package settings

import (
	"crypto/tls"
	"maps"
	"net"
	"os"
	"slices"

	"github.com/gind/gind/internal/config"
)

// Default is what the keys are before any layer says something: one listener,
// reached from this machine only.
func Default() *Settings {
	return &Settings{Listeners: map[string]Listener{"http": {Address: "127.0.0.1:8080"}}}
}

// Check finds values that are well-formed, but contradict each other or what is
// on the machine.
func Check(s *config.Snapshot) []*config.Mistake {
	keys, ok := s.Value().(*Settings)
	if !ok {
		return nil
	}
	c := &checking{snapshot: s}
	c.listeners(keys.Listeners)
	c.cors(keys)
	c.static(keys.Static)
	c.log(keys.Log)
	if keys.Environment == "production" {
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

func (c *checking) listeners(listeners map[string]Listener) {
	owners := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(listeners)) {
		key, l := "listeners."+name, listeners[name]
		if name == "control" {
			c.mistake(key+".address", "the name is the control socket's (see control.socket)")
			continue
		}
		if l.Address == "" {
			c.mistake(key+".address", "a listener needs an address (write :8080)")
			continue
		}
		if other, taken := owners[port(l.Address)]; taken {
			c.mistake(key+".address", "%q is the address of listener %s already", l.Address, other)
		}
		owners[port(l.Address)] = name
		c.certificate(key, l)
	}
}

// port is what two listeners can't share: the port where both are on all
// addresses, else the whole address. Port 0 can be shared.
func port(address string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	if port == "0" {
		return ""
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		return ":" + port
	}
	return address
}

func (c *checking) certificate(key string, l Listener) {
	switch {
	case l.Certificate == "" && l.Key == "":
	case l.Certificate == "":
		c.mistake(key+".key", "a key needs a certificate: set %s.certificate", key)
	case l.Key == "":
		c.mistake(key+".certificate", "a certificate needs its key: set %s.key", key)
	default:
		if _, err := tls.LoadX509KeyPair(l.Certificate, l.Key); err != nil {
			c.mistake(key+".certificate", "%v", err)
		}
	}
}

func (c *checking) cors(keys *Settings) {
	everybody := slices.Contains(keys.CORS.AllowOrigins, "*")
	switch {
	case !everybody:
	case keys.Environment == "production":
		c.mistake("cors.allow_origins", `"*" lets every site read the answers; it is refused in production (name the origins)`)
	case len(keys.CORS.AllowOrigins) > 1:
		c.mistake("cors.allow_origins", `"*" stands alone`)
	case keys.CORS.AllowCredentials:
		c.mistake("cors.allow_credentials", `credentials can't be allowed for "*" (name the origins)`)
	}
}

func (c *checking) static(keys Static) {
	if keys.Root == "" {
		return
	}
	info, err := os.Stat(keys.Root)
	switch {
	case err != nil:
		c.mistake("static.root", "%v", err)
	case !info.IsDir():
		c.mistake("static.root", "%s is not a folder", keys.Root)
	}
}

func (c *checking) log(keys Log) {
	if keys.MirrorMaxTotal < 4*keys.MirrorMaxSize {
		c.mistake("log.mirror_max_total", "%s is less than four files of log.mirror_max_size (%s)", keys.MirrorMaxTotal, keys.MirrorMaxSize)
	}
}
