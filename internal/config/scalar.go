package config

import (
	"cmp"
	"fmt"
	"math"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// parseScalar sets a value from its text.
func parseScalar(to reflect.Value, from *tree) error {
	switch to.Type() {
	case durationType:
		d, err := parseDuration(from.text)
		to.SetInt(int64(d))
		return err
	case bytesType:
		b, err := ParseBytes(from.text)
		to.SetInt(int64(b))
		return err
	}
	switch to.Kind() {
	case reflect.String:
		to.SetString(from.text)
		return nil
	case reflect.Bool:
		return parseBool(to, from)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		n, err := strconv.ParseInt(from.text, 0, to.Type().Bits())
		if err != nil || from.quoted {
			return notANumber(from, "a whole number", err)
		}
		to.SetInt(n)
		return nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		n, err := strconv.ParseUint(from.text, 0, to.Type().Bits())
		if err != nil || from.quoted {
			return notANumber(from, "a whole number of 0 or more", err)
		}
		to.SetUint(n)
		return nil
	case reflect.Float32, reflect.Float64:
		n, err := strconv.ParseFloat(from.text, to.Type().Bits())
		if err != nil || from.quoted || math.IsNaN(n) || math.IsInf(n, 0) {
			return notANumber(from, "a number", err)
		}
		to.SetFloat(n)
		return nil
	default:
		return fmt.Errorf("a key of type %s can't be set from a file", to.Type())
	}
}

func notANumber(from *tree, wanted string, err error) error {
	if from.quoted && err == nil {
		return fmt.Errorf("%q is text, not %s (write it without quotes)", from.text, wanted)
	}
	return fmt.Errorf("%q is not %s", from.text, wanted)
}

func parseBool(to reflect.Value, from *tree) error {
	switch from.text {
	case "true", "false":
		to.SetBool(from.text == "true")
		return nil
	case "yes", "on", "1":
		return fmt.Errorf("%q is not true or false (write true)", from.text)
	case "no", "off", "0":
		return fmt.Errorf("%q is not true or false (write false)", from.text)
	default:
		return fmt.Errorf("%q is not true or false", from.text)
	}
}

func parseDuration(text string) (time.Duration, error) {
	if text == "0" {
		return 0, nil
	}
	if _, err := strconv.ParseFloat(text, 64); err == nil {
		return 0, fmt.Errorf("%q has no unit (write %ss)", text, text)
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("%q is not a duration (write 500ms, 5s, 2m or 1h30m)", text)
	}
	return d, nil
}

// withinBounds holds a value against the tags min, max, enum and format.
func withinBounds(value reflect.Value, tag reflect.StructTag) error {
	if words := tag.Get("enum"); words != "" && !slices.Contains(strings.Split(words, "|"), value.String()) {
		all := strings.Split(words, "|")
		return fmt.Errorf("%q is not one of %s%s", value.String(), strings.Join(all, ", "), suggest(value.String(), all))
	}
	if err := bound(value, tag.Get("min"), -1, "below the minimum "); err != nil {
		return err
	}
	if err := bound(value, tag.Get("max"), 1, "above the maximum "); err != nil {
		return err
	}
	// A negative time or size means nothing.
	if value.CanInt() && (value.Type() == durationType || value.Type() == bytesType) && value.Int() < 0 {
		return fmt.Errorf("%s is negative", show(value))
	}
	if value.Kind() == reflect.String && value.String() != "" {
		return wellFormed(value.String(), tag.Get("format"))
	}
	return nil
}

func bound(value reflect.Value, limit string, side int, text string) error {
	if limit == "" {
		return nil
	}
	edge := reflect.New(value.Type()).Elem()
	// A tag that is no value of the type bounds nothing; a test of the schema finds it.
	if parseScalar(edge, &tree{kind: scalar, text: limit}) == nil && compare(value, edge) == side {
		return fmt.Errorf("%s is %s%s", show(value), text, show(edge))
	}
	return nil
}

func compare(a, b reflect.Value) int {
	switch {
	case a.CanInt():
		return cmp.Compare(a.Int(), b.Int())
	case a.CanUint():
		return cmp.Compare(a.Uint(), b.Uint())
	case a.CanFloat():
		return cmp.Compare(a.Float(), b.Float())
	default:
		return 0
	}
}

// wellFormed holds text against a format.
func wellFormed(text, format string) error {
	switch format {
	case "address":
		return checkAddress(text)
	case "cidr":
		if _, err := netip.ParsePrefix(text); err == nil {
			return nil
		}
		if _, err := netip.ParseAddr(text); err == nil {
			return nil
		}
		return fmt.Errorf("%q is not an address or a network (write 10.0.0.0/8 or 192.0.2.1)", text)
	case "origin":
		return checkOrigin(text)
	case "path":
		if strings.ContainsRune(text, 0) || !filepath.IsAbs(text) && !strings.HasPrefix(text, ".") && strings.Contains(text, "~") {
			return fmt.Errorf("%q is not a path (~ is not expanded)", text)
		}
	}
	return nil
}

var unixName = regexp.MustCompile(`^unix:[@/.].*$`)

func checkAddress(text string) error {
	if unixName.MatchString(text) {
		return nil
	}
	_, port, err := net.SplitHostPort(text)
	if err != nil {
		return fmt.Errorf("%q is not an address (write host:port, :8080 or unix:/path)", text)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n > math.MaxUint16 {
		return fmt.Errorf("%q has no port from 0 to 65535", text)
	}
	return nil
}

func checkOrigin(text string) error {
	if text == "*" {
		return nil
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme == "" || u.Host == "" || u.Path != "" || u.RawQuery != "" || u.User != nil {
		return fmt.Errorf("%q is not an origin (write https://app.example.org, without a path)", text)
	}
	return nil
}

// show is a value as it would be written in a file; secrets are hidden.
func show(value reflect.Value) string {
	switch v := value.Interface().(type) {
	case time.Duration:
		return showDuration(v)
	case fmt.Stringer: // sizes, secrets
		return v.String()
	case []string:
		return "[" + strings.Join(v, ", ") + "]"
	case string:
		if v == "" {
			return `""`
		}
		return v
	default:
		return fmt.Sprint(v)
	}
}

// showDuration is "2h" where Duration.String has "2h0m0s".
func showDuration(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
