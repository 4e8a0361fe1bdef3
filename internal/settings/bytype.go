package settings

import (
	"maps"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/gind/gind/internal/alert"
	"github.com/gind/gind/internal/config/document"
	"github.com/gind/gind/value"
)

// nameRule is what a name can be that stands in paths, metrics and file names.
var nameRule = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$`)

// ownChecks are the names of what gind itself shows among the checks.
var ownChecks = []string{"log", "ping", "shutdown"}

// minInterval keeps a check from being most of what a service does.
const minInterval = 100 * time.Millisecond

func (c *checking) health(checks map[string]HealthCheck) {
	for _, name := range slices.Sorted(maps.Keys(checks)) {
		key, check := document.Join("health.checks", name), checks[name]
		if slices.Contains(ownChecks, name) {
			c.mistake(key, "gind has a check of that name itself")
		}
		if !c.isName("health.checks", name) || !c.byType(key, check.Type, reflect.ValueOf(check)) {
			continue
		}
		c.headers(key+".headers", check.Headers)
		if check.Interval > 0 && check.Interval < minInterval {
			c.mistake(key+".interval", "%v is below the minimum %v", check.Interval, minInterval)
		}
		if _, err := regexp.Compile(check.Body); err != nil {
			c.mistake(key+".body", "%v", err)
		}
		if u, err := url.Parse(check.URL); err == nil && u.User != nil {
			c.mistake(key+".url", "a password in a URL is shown in many places (write headers: {Authorization: file:/path})")
		}
		if check.Type == "redis" && check.TLS == "prefer" {
			c.mistake(key+".tls", "a redis server does not offer TLS on the way (write disable, require or verify-full)")
		}
	}
}

func (c *checking) alerts(alerts map[string]Alert) {
	for _, name := range slices.Sorted(maps.Keys(alerts)) {
		key, one := document.Join("alerts", name), alerts[name]
		if !c.isName("alerts", name) || !c.byType(key, one.Type, reflect.ValueOf(one)) {
			continue
		}
		c.headers(key+".headers", one.Headers)
		if one.Type == "webhook" && !isWebhook(one.URL.Reveal()) {
			c.mistake(key+".url", "it is no URL with http or https")
		}
		for _, address := range one.To {
			if err := alert.CheckAddress(address); err != nil {
				c.mistake(key+".to", "%v", err)
			}
		}
		if one.From == "" {
			continue
		}
		if err := alert.CheckAddress(one.From); err != nil {
			c.mistake(key+".from", "%v", err)
		}
	}
}

// headerName is a token of RFC 9110, section 5.6.2.
var headerName = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")

// headers finds names that can't be a header's, and those that a variable could not
// write: it has no dashes.
func (c *checking) headers(in string, headers map[string]value.Secret) {
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		key := document.Join(in, name)
		origin := c.snapshot.Origin(key).Source
		switch {
		case !headerName.MatchString(name):
			c.mistake(key, "%q is not the name of a header", name)
		case strings.HasPrefix(origin, "$") && strings.Contains(name, "_"):
			c.mistake(key, "the name of a variable has no dashes, and so can't say which header is meant (name it in a file, or write {%s: …} as the value of %s)",
				strings.ReplaceAll(name, "_", "-"), strings.TrimSuffix(origin, "_"+name))
		}
	}
}

func isWebhook(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}

func (c *checking) isName(in, name string) bool {
	if nameRule.MatchString(name) {
		return true
	}
	c.mistake(in, "%q is not a name of 1 to 63 letters, digits, - and _", name)
	return false
}

// byType finds keys that only another type has, and those that are missing.
func (c *checking) byType(key, kind string, v reflect.Value) (known bool) {
	if kind == "" {
		c.mistake(key, "the type is missing (write type: %s)", strings.Join(typesOf(v.Type()), ", "))
		return false
	}
	for i := range v.NumField() {
		f := v.Type().Field(i)
		at := key + "." + f.Tag.Get("yaml")
		of, bound := f.Tag.Lookup("of")
		switch {
		case bound && !slices.Contains(strings.Fields(of), kind) && c.isSet(at):
			c.mistake(at, "type %s has no such key (it is for %s)", kind, strings.Join(strings.Fields(of), ", "))
		case slices.Contains(strings.Fields(f.Tag.Get("needs")), kind) && isEmpty(v.Field(i)):
			c.mistake(at, "the value is missing: type %s needs it", kind)
		}
	}
	return true
}

func isEmpty(v reflect.Value) bool {
	return v.IsZero() || v.Kind() == reflect.Slice && v.Len() == 0
}

// typesOf are the words that the key type takes.
func typesOf(t reflect.Type) []string {
	f, _ := t.FieldByName("Type")
	return strings.Split(strings.Trim(f.Tag.Get("enum"), "|"), "|")
}
