package record

import (
	"fmt"
	"log/slog"
)

const redacted = "[redacted]"

// Secret is a string that is never logged: whatever prints, marshals or logs it
// gets "[redacted]". Values of other types hide themselves by being a
// slog.LogValuer, or by having a method Redacted() string as *url.URL has.
type Secret string

// LogValue implements slog.LogValuer.
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// String implements fmt.Stringer.
func (Secret) String() string { return redacted }

// Format implements fmt.Formatter, so that no verb shows the secret.
func (Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// MarshalText implements encoding.TextMarshaler, and with it JSON and YAML.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Reveal is the secret itself.
func (s Secret) Reveal() string { return string(s) }
