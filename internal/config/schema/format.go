package schema

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// formats are what the tag format may ask of a text that is not empty. The error
// says what is wrong, and what to write instead.
var formats = map[string]func(text string) error{
	"address": checkAddress,
	"cidr":    checkNetwork,
	"name":    CheckName,
	"origin":  checkOrigin,
	"path":    checkPath,
	"url":     checkURL,
}

// checkAddress takes host:port, and unix: with a path or the @ of an abstract socket.
func checkAddress(text string) error {
	if path, ok := strings.CutPrefix(text, "unix:"); ok {
		if strings.HasPrefix(path, "/") || strings.HasPrefix(path, "@") && len(path) > 1 {
			return nil
		}
		return fmt.Errorf("%q is not the address of a Unix socket (write unix:/run/gind/http.sock)", text)
	}
	if strings.Contains(text, "://") {
		return fmt.Errorf("%q is a URL, not an address (write host:port)", text)
	}
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		return notAnAddress(text)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return fmt.Errorf("%q has no port from 0 to 65535", text)
	}
	if !isHost(host) {
		return fmt.Errorf("%q: %q is neither a host name nor an IP address", text, host)
	}
	return nil
}

func notAnAddress(text string) error {
	if _, err := strconv.ParseUint(text, 10, 16); err == nil {
		return fmt.Errorf("%q is a port, not an address (write :%s)", text, text)
	}
	if ip, err := netip.ParseAddr(text); err == nil {
		return fmt.Errorf("%q has no port (write %s)", text, netip.AddrPortFrom(ip, 8080))
	}
	return fmt.Errorf("%q is not an address (write host:port, :8080 or unix:/path)", text)
}

var hostName = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?$`)

// isHost takes an address with a zone, a host name that may be resolved, and
// nothing, for all addresses.
func isHost(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	return host == "" || len(host) <= 253 && hostName.MatchString(host) && !onlyDigitsAndDots(host)
}

// onlyDigitsAndDots tells a mistyped IPv4 address from a name.
func onlyDigitsAndDots(host string) bool { return strings.Trim(host, "0123456789.") == "" }

func checkNetwork(text string) error {
	if _, err := netip.ParsePrefix(text); err == nil {
		return nil
	}
	if _, err := netip.ParseAddr(text); err == nil {
		return nil
	}
	return fmt.Errorf("%q is not an address or a network (write 10.0.0.0/8 or 192.0.2.1)", text)
}

var nameRule = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9_-]{0,62})$`)

// CheckName takes what can be part of a file's name.
func CheckName(text string) error {
	if nameRule.MatchString(text) {
		return nil
	}
	return fmt.Errorf("%q is not a name of 1 to 63 letters, digits, - and _", text)
}

// checkOrigin takes an origin as browsers send it (RFC 6454, section 6.2), or *.
func checkOrigin(text string) error {
	if text == "*" {
		return nil
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Scheme == "" || u.Host == "" || u.User != nil:
		return fmt.Errorf("%q is not an origin (write https://app.example.org)", text)
	case u.Path != "" || u.RawQuery != "" || u.Fragment != "":
		return fmt.Errorf("%q: an origin ends with its host or port (write %s://%s)", text, u.Scheme, u.Host)
	case strings.ToLower(text) != text:
		return fmt.Errorf("%q: browsers send origins in lower case (write %s)", text, strings.ToLower(text))
	}
	return nil
}

func checkPath(text string) error {
	switch {
	case strings.HasPrefix(text, "~"):
		return fmt.Errorf("%q: ~ is not expanded (write the whole path)", text)
	case strings.ContainsFunc(text, unicode.IsControl):
		return fmt.Errorf("%q: a path has no control characters (in double quotes, \\ begins an escape)", text)
	}
	return nil
}

func checkURL(text string) error {
	u, err := url.Parse(text)
	if err == nil && u.Scheme != "" && u.Host != "" {
		return nil
	}
	return fmt.Errorf("%q is not a URL (write https://example.org/path)", text)
}
