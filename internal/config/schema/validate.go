package schema

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/go-playground/validator/v10"

	"github.com/gind/gind/internal/config/document"
	"github.com/gind/gind/value"
)

// rules are the tags validate of a struct, and of all below it.
type rules struct{ validate *validator.Validate }

// hidden is what a secret is for the validator: a text to its rules, and no text to
// those who tell of a broken one, wherever the secret stands and wherever it came from.
type hidden string

// newRules holds a value against its rules once: a rule that does not exist is an
// error here and not at a reload.
func newRules(example reflect.Value) (*rules, error) {
	r := &rules{validate: validator.New(validator.WithRequiredStructEnabled())}
	r.validate.RegisterCustomTypeFunc(func(v reflect.Value) any { return hidden(v.Interface().(value.Secret).Reveal()) }, value.Secret{})
	r.validate.RegisterTagNameFunc(func(f reflect.StructField) string {
		name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if name == "" || name == "-" {
			return strings.ToLower(f.Name)
		}
		return name
	})
	if _, err := r.broken(example); err != nil {
		return nil, err
	}
	return r, nil
}

// broken are the rules that a value breaks. The error is one of the rules themselves.
func (r *rules) broken(v reflect.Value) (found validator.ValidationErrors, err error) {
	defer func() {
		if cause := recover(); cause != nil { // the validator's way to refuse a rule
			found, err = nil, fmt.Errorf("tag validate: %v", cause)
		}
	}()
	failed := r.validate.Struct(v.Addr().Interface())
	if failed != nil && !errors.As(failed, &found) {
		return nil, fmt.Errorf("tag validate: %w", failed)
	}
	return found, nil
}

// validate holds a part against its rules.
func (p *part) validate(f *filler, v reflect.Value) {
	found, err := p.rules.broken(v)
	if err != nil {
		f.mistake(f.origin(p.name), p.name, "%v", err)
		return
	}
	for _, e := range found {
		key := p.keyOf(e, f)
		if f.isWrong(key) {
			continue // its value is not the one that was written
		}
		f.mistake(f.origin(key), key, "%s", ruleText(e))
	}
}

// keyOf is the path of the value that broke a rule.
func (p *part) keyOf(e validator.FieldError, f *filler) string {
	_, path, _ := strings.Cut(e.Namespace(), ".") // behind the name of the struct
	key := path
	if p.name != "" {
		key = p.name + "." + path
	}
	if _, ok := f.origins[key]; ok {
		return key
	}
	// The validator writes the names of a map's entries between brackets, a path those
	// that are no plain words in quotes.
	for written := range f.origins {
		if plainPath.Replace(written) == plainPath.Replace(key) {
			return written
		}
	}
	return key
}

var plainPath = strings.NewReplacer("[", ".", "]", "", `"`, "")

// origin is where a value was set, or what it lies in; nowhere if all of it is
// default.
func (f *filler) origin(path string) document.Place { return originIn(f.origins, path) }

func originIn(origins map[string]document.Place, path string) document.Place {
	for ; path != ""; path = document.Above(path) {
		if place, ok := origins[path]; ok {
			return place
		}
	}
	return document.Place{}
}

func (f *filler) isWrong(key string) bool {
	for _, m := range f.mistakes {
		if m.Key == key {
			return true
		}
	}
	return false
}

// ruleText says which rule a value breaks.
func ruleText(e validator.FieldError) string {
	if e.Tag() == "required" || strings.HasPrefix(e.Tag(), "required_") {
		return "the value is missing, and it has no default"
	}
	subject := "the value"
	switch value := e.Value().(type) {
	case hidden:
	case string:
		subject = strconv.Quote(value)
	default:
		if v := reflect.ValueOf(value); isNumber(v) {
			subject = plain(v)
		}
	}
	if text := boundText(e); text != "" {
		return subject + " " + text
	}
	if text := kindTexts[e.Tag()]; text != "" {
		return subject + " is not " + text
	}
	rule := e.Tag()
	if e.Param() != "" {
		rule += "=" + e.Param()
	}
	return fmt.Sprintf("%s breaks the rule %s", subject, rule)
}

// boundText is for the rules with a bound, of which a text's counts its
// characters and a list's or map's its values.
func boundText(e validator.FieldError) string {
	unit := ""
	switch e.Kind() {
	case reflect.String:
		unit = " characters"
	case reflect.Slice, reflect.Map:
		unit = " values"
	}
	bound := e.Param() + unit
	switch e.Tag() {
	case "min", "gte":
		return "is below the minimum of " + bound
	case "max", "lte":
		return "is above the maximum of " + bound
	case "gt":
		return "is not more than " + bound
	case "lt":
		return "is not less than " + bound
	case "len":
		return "has to have " + bound
	case "oneof":
		return "is not one of " + strings.Join(strings.Fields(e.Param()), ", ")
	case "startswith":
		return fmt.Sprintf("does not begin with %q", e.Param())
	case "endswith":
		return fmt.Sprintf("does not end with %q", e.Param())
	}
	return ""
}

// kindTexts are for the rules that ask for a kind of text.
var kindTexts = map[string]string{
	"url": "a URL", "http_url": "a URL with http or https", "uri": "a URI",
	"email": "an e-mail address", "hostname": "a host name", "hostname_rfc1123": "a host name", "fqdn": "a full domain name",
	"hostname_port": "host:port", "ip": "an IP address", "ipv4": "an IPv4 address", "ipv6": "an IPv6 address",
	"cidr": "a network (write 10.0.0.0/8)", "mac": "a MAC address", "port": "a port from 1 to 65535",
	"uuid": "a UUID", "alpha": "all letters", "alphanum": "all letters and digits", "numeric": "a number",
	"lowercase": "in lower case", "uppercase": "in upper case", "ascii": "ASCII",
	"file": "a file that is there", "dir": "a folder that is there", "filepath": "a path of a file", "dirpath": "a path of a folder",
	"base64": "base64", "hexadecimal": "hexadecimal", "hexcolor": "a color", "json": "JSON", "jwt": "a JWT",
	"datetime": "a time in the format asked for", "timezone": "a time zone", "semver": "a semantic version", "unique": "free of repetition",
	"iso4217": "a currency of ISO 4217", "iso3166_1_alpha2": "a country of ISO 3166", "bcp47_language_tag": "a language (BCP 47)",
}
