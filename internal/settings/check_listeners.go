package settings

import (
	"crypto/tls"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/gind/gind/internal/config/document"
	"github.com/gind/gind/internal/listener"
)

func (c *checking) listeners(keys *Settings) {
	var before []string
	for _, name := range names(keys.Listeners) {
		key, l := document.Join("listeners", name), keys.Listeners[name]
		if err := listener.CheckName(name); err != nil {
			c.mistake(key, "%v", err)
		}
		if name == "control" {
			c.mistake(key+".address", "the name is the control socket's (see control.socket)")
			continue
		}
		c.certificate(key, l)
		if l.Address == "" {
			c.mistake(key+".address", "a listener needs an address (write :8080)")
			continue
		}
		for _, other := range before {
			if overlap(l.Address, keys.Listeners[other].Address) {
				c.mistake(key+".address", "%q has the %s of listener %s (%q)", l.Address, kind(l.Address), other, keys.Listeners[other].Address)
				break
			}
		}
		if path, ok := strings.CutPrefix(l.Address, "unix:"); ok {
			c.socket(key+".address", path)
			if keys.Control.Socket != "" && clean(path) == clean(keys.Control.Socket) {
				c.mistake(key+".address", "%q is the control socket (see control.socket)", l.Address)
			}
		}
		before = append(before, name)
	}
}

// socket finds what keeps a Unix socket from being bound, whoever binds it.
func (c *checking) socket(key, path string) {
	if err := listener.CheckSocketPath(clean(path)); err != nil {
		c.mistake(key, "%v", err)
	}
}

// clean is a path as it is bound, with which others of the same file can be compared.
func clean(path string) string {
	if strings.HasPrefix(path, "@") {
		return path
	}
	return filepath.Clean(path)
}

func kind(address string) string {
	if strings.HasPrefix(address, "unix:") {
		return "socket"
	}
	return "port"
}

// overlap reports whether two addresses can't be bound at the same time: the same
// port, of the same host or where one is on all addresses. Names are not
// resolved, localhost aside. Port 0 is any that is free.
func overlap(a, b string) bool {
	hostA, portA, errA := net.SplitHostPort(a)
	hostB, portB, errB := net.SplitHostPort(b)
	if pathA, unixA := strings.CutPrefix(a, "unix:"); unixA {
		pathB, unixB := strings.CutPrefix(b, "unix:")
		return unixB && clean(pathA) == clean(pathB)
	}
	if errA != nil || errB != nil {
		return a == b
	}
	if portA != portB || portA == "0" {
		return false
	}
	ipA, ipB := ip(hostA), ip(hostB)
	switch {
	case ipA == nil || ipB == nil:
		return hostA == hostB || isAny(ipA) || isAny(ipB)
	case isAny(ipA) && isAny(ipB):
		return true
	case isAny(ipA):
		return covers(hostA, ipB)
	case isAny(ipB):
		return covers(hostB, ipA)
	default:
		return ipA.Equal(ipB)
	}
}

// ip of a host; nil for a name.
func ip(host string) net.IP {
	switch host {
	case "":
		return net.IPv6unspecified
	case "localhost":
		return net.IPv4(127, 0, 0, 1)
	}
	return net.ParseIP(host)
}

func isAny(ip net.IP) bool { return ip != nil && ip.IsUnspecified() }

// covers reports whether all addresses, as a host writes them, have one among
// them: 0.0.0.0 has none of IPv6.
func covers(all string, one net.IP) bool { return all != "0.0.0.0" || one.To4() != nil }

func (c *checking) certificate(key string, l Listener) {
	switch {
	case l.Certificate == "" && l.Key == "":
	case l.Certificate == "":
		c.mistake(key+".key", "a key needs a certificate: set %s.certificate", key)
	case l.Key == "":
		c.mistake(key+".certificate", "a certificate needs its key: set %s.key", key)
	default:
		c.pair(key, l)
	}
}

// pair reads a certificate and its key.
func (c *checking) pair(key string, l Listener) {
	certificate := c.read(key+".certificate", l.Certificate)
	private := c.read(key+".key", l.Key)
	if certificate == nil || private == nil {
		return
	}
	_, err := tls.X509KeyPair(certificate, private)
	if err == nil {
		return
	}
	text := strings.TrimPrefix(err.Error(), "tls: ")
	switch {
	case strings.Contains(text, "switched"):
		c.mistake(key+".certificate", "certificate and key are the wrong way round: there is a key in %s", l.Certificate)
	case strings.Contains(text, "does not match"):
		c.mistake(key+".key", "the key in %s is not that of the certificate in %s", l.Key, l.Certificate)
	case strings.Contains(text, "key input"), strings.Contains(text, "private key"):
		c.mistake(key+".key", "%s is no private key in PEM: %s", l.Key, text)
	default:
		c.mistake(key+".certificate", "%s is no certificate in PEM: %s", l.Certificate, text)
	}
}

// maxPEM bounds the files of a certificate and a key.
const maxPEM = 1 << 20

// read a file that has to be there; nothing if it can't be.
func (c *checking) read(key, path string) []byte {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		c.mistake(key, "%s can't be read: %v", path, reason(err))
		return nil
	case !info.Mode().IsRegular() || info.Size() > maxPEM:
		c.mistake(key, "%s is no file of a certificate or key", path)
		return nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		c.mistake(key, "%s can't be read: %v", path, reason(err))
		return nil
	}
	return text
}

// reason is an error without the path, which stands before it already.
func reason(err error) error {
	var of *fs.PathError
	if errors.As(err, &of) {
		return of.Err
	}
	return err
}
