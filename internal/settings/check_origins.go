package settings

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// UnixProxy is the word in server.trusted_proxies for the peers of Unix sockets,
// which have no address.
const UnixProxy = "unix"

// proxies finds what only looks like an address of a proxy. These are the functions
// that Gin itself reads them with.
func (c *checking) proxies(list []string) {
	const key = "server.trusted_proxies"
	for _, proxy := range list {
		address, zone, zoned := strings.Cut(proxy, "%")
		switch {
		case proxy == UnixProxy, isNetwork(proxy):
		case zoned && net.ParseIP(address) != nil:
			c.mistake(key, "%q: an address is trusted on every interface, without the zone %q (write fe80::/10 for all that are link-local)", proxy, zone)
		default:
			c.mistake(key, "%q is not an address or a network (write 10.0.0.0/8, 192.0.2.1, or unix for the peers of Unix sockets)", proxy)
		}
	}
}

func isNetwork(text string) bool {
	if !strings.Contains(text, "/") {
		return net.ParseIP(text) != nil
	}
	_, _, err := net.ParseCIDR(text)
	return err == nil
}

// defaultPorts are those that a browser leaves out of an origin.
var defaultPorts = map[string]string{"http": "80", "https": "443"}

// checkOrigin finds an origin that no browser sends: an origin is compared as it is
// written, and a browser writes one in one way only (RFC 6454, section 6.2).
func checkOrigin(text string) error {
	if text == "*" {
		return nil
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return fmt.Errorf("%q is not an origin (write https://app.example.org)", text)
	}
	host, port := u.Hostname(), u.Port()
	switch {
	case strings.Contains(text, "*"):
		return fmt.Errorf("%q: an origin has no wildcard (name each one, as https://app.example.org)", text)
	case u.Scheme == "ws" || u.Scheme == "wss":
		return fmt.Errorf("%q: the origin of a WebSocket is that of its page (write http%s)", text, strings.TrimPrefix(text, "ws"))
	case host == "":
		return fmt.Errorf("%q has no host (write https://app.example.org)", text)
	case u.Scheme != "http" && u.Scheme != "https":
		return nil // an extension or an application: it has its own rules
	case port != "" && port == defaultPorts[u.Scheme], port == "" && strings.HasSuffix(u.Host, ":"):
		return fmt.Errorf("%q: browsers leave the port %s out (write %s://%s)", text, defaultPorts[u.Scheme], u.Scheme, hostOf(host))
	case !isPort(port):
		return fmt.Errorf("%q: browsers send a port as a number from 1 to 65535", text)
	}
	return checkOriginHost(text, host)
}

func isPort(port string) bool {
	n, err := strconv.ParseUint(port, 10, 16)
	return port == "" || err == nil && n > 0 && port == strconv.FormatUint(n, 10)
}

func checkOriginHost(text, host string) error {
	if address, err := netip.ParseAddr(host); err == nil {
		if address.Zone() != "" || address.String() != host {
			return fmt.Errorf("%q: browsers send the address as %s", text, hostOf(address.WithZone("").String()))
		}
		return nil
	}
	foreign := strings.IndexFunc(host, func(r rune) bool { return !strings.ContainsRune(originLetters, r) })
	switch labels := strings.Split(host, "."); {
	case strings.ContainsFunc(host, func(r rune) bool { return r > '~' }):
		return fmt.Errorf("%q: browsers send such a name in ASCII (write the xn-- form)", text)
	case foreign >= 0:
		return fmt.Errorf("%q: no host name has %q in it", text, host[foreign:foreign+1])
	case slices.Contains(labels[:len(labels)-1], "") || host == ".":
		return fmt.Errorf("%q: a host name has no empty part", text)
	case strings.Trim(labels[len(labels)-1], "0123456789") == "" && labels[len(labels)-1] != "":
		return fmt.Errorf("%q: %q is neither a host name nor an IP address", text, host)
	}
	return nil
}

const originLetters = "abcdefghijklmnopqrstuvwxyz0123456789-_."

// hostOf writes a host as it stands in an origin.
func hostOf(host string) string {
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}
