package value

import (
	"fmt"
	"io"
	"log/slog"
)

// Redacted is what is shown of a [Secret].
const Redacted = "[redacted]"

// Secret is text that is never shown: not by fmt with any verb, not in JSON, not
// in a log, also where it lies deep in a struct. In a file it is the text
// itself, "file:PATH" (the text of a file, without the newline at its end) or
// "credential:NAME" (a credential of systemd.exec(5), LoadCredential=).
//
// The zero value is no secret. Secrets are compared by [Secret.Equal].
type Secret struct {
	text *string // a pointer, since fmt and debuggers print strings in unexported fields
}

// NewSecret hides a text. The empty text is no secret.
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{text: &text}
}

// Reveal is the text itself.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// IsZero reports whether there is no secret.
func (s Secret) IsZero() bool { return s.text == nil }

// Equal reports whether two secrets are the same text.
func (s Secret) Equal(other Secret) bool { return s.Reveal() == other.Reveal() }

// String hides the text.
func (s Secret) String() string {
	if s.IsZero() {
		return ""
	}
	return Redacted
}

// Format hides the text from all verbs of fmt.
func (s Secret) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, s.String()) }

// GoString hides the text from %#v.
func (s Secret) GoString() string { return s.String() }

// LogValue hides the text from slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText hides the text from JSON and YAML.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
