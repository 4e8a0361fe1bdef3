package schema

import (
	"encoding"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"

	"github.com/gind/gind/internal/config/document"
	"github.com/gind/gind/value"
)

// parseLeaf sets a value from its text. Secrets are no business of its own.
func parseLeaf(to reflect.Value, from *document.Tree) error {
	switch to.Type() {
	case durationType:
		d, err := parseDuration(from.Text)
		to.SetInt(int64(d))
		return err
	case bytesType:
		b, err := value.ParseBytes(from.Text)
		to.SetInt(int64(b))
		return err
	}
	if u, ok := to.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return unmarshal(u, from.Text)
	}
	switch to.Kind() {
	case reflect.String:
		to.SetString(from.Text)
		return nil
	case reflect.Bool:
		return parseBool(to, from)
	case reflect.Float32, reflect.Float64:
		return parseFloat(to, from)
	default:
		return parseWhole(to, from)
	}
}

// unmarshal lets a type of the application's own read its text. A panic in it is
// a mistake in the text.
func unmarshal(u encoding.TextUnmarshaler, text string) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("%q is no value: %v", text, cause)
		}
	}()
	if err := u.UnmarshalText([]byte(text)); err != nil {
		return fmt.Errorf("%q is no value: %w", text, err)
	}
	return nil
}

func parseBool(to reflect.Value, from *document.Tree) error {
	switch text := strings.ToLower(from.Text); text {
	case "true", "false":
		if from.Quoted {
			return fmt.Errorf("%q is text, not true or false (write it without quotes)", from.Text)
		}
		if text != from.Text {
			return fmt.Errorf("%q is not true or false (write %s)", from.Text, text)
		}
		to.SetBool(text == "true")
		return nil
	case "yes", "on", "1":
		return fmt.Errorf("%q is not true or false (write true)", from.Text)
	case "no", "off", "0":
		return fmt.Errorf("%q is not true or false (write false)", from.Text)
	default:
		return fmt.Errorf("%q is not true or false", from.Text)
	}
}

func parseFloat(to reflect.Value, from *document.Tree) error {
	n, err := strconv.ParseFloat(from.Text, to.Type().Bits())
	if err != nil || from.Quoted || math.IsNaN(n) || math.IsInf(n, 0) {
		return notANumber(from, "a number", err)
	}
	to.SetFloat(n)
	return nil
}

// parseWhole reads decimal numbers, and others that say so: 0x1f, 0o17, 0b11. A
// zero before decimal digits is refused, since YAML 1.1 reads it as octal and
// YAML 1.2 does not.
func parseWhole(to reflect.Value, from *document.Tree) error {
	digits := strings.TrimLeft(from.Text, "+-")
	if len(digits) > 1 && digits[0] == '0' && strings.Trim(digits, "0123456789") == "" {
		return fmt.Errorf("%q begins with a zero (write %s, or 0o%s if it is octal)",
			from.Text, orZero(strings.TrimLeft(digits, "0")), digits[1:])
	}
	bits := to.Type().Bits()
	if to.CanUint() {
		n, err := strconv.ParseUint(from.Text, 0, bits)
		if err != nil || from.Quoted {
			return notANumber(from, "a whole number of 0 or more", err)
		}
		to.SetUint(n)
		return nil
	}
	n, err := strconv.ParseInt(from.Text, 0, bits)
	if err != nil || from.Quoted {
		return notANumber(from, "a whole number", err)
	}
	to.SetInt(n)
	return nil
}

func orZero(digits string) string {
	if digits == "" {
		return "0"
	}
	return digits
}

func notANumber(from *document.Tree, wanted string, err error) error {
	switch {
	case err == nil && from.Quoted:
		return fmt.Errorf("%q is text, not %s (write it without quotes)", from.Text, wanted)
	case isRange(err):
		return fmt.Errorf("%s is too large", from.Text)
	default:
		return fmt.Errorf("%q is not %s", from.Text, wanted)
	}
}

func isRange(err error) bool { return errors.Is(err, strconv.ErrRange) }
