package value

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestSecretsHideFromEveryPrinter(t *testing.T) {
	s := NewSecret("hunter2")
	type open struct{ Secret Secret }
	type closed struct{ secret Secret }
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t"} {
		for _, value := range []any{s, &s, open{s}, &open{s}, closed{s}, &closed{s}, []Secret{s}, map[string]Secret{"a": s}, any(s)} {
			fmt.Fprintf(&out, verb, value)
		}
	}
	for _, handler := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(handler).Info("config", "secret", s, "open", open{s}, "closed", closed{s}, "pointer", &open{s})
	}
	text, err := json.Marshal(map[string]any{"a": s, "b": open{s}, "c": &open{s}})
	if err != nil {
		t.Fatal(err)
	}
	out.Write(text)
	func() {
		defer func() { fmt.Fprint(&out, recover()) }()
		panic(s)
	}()
	if strings.Contains(out.String(), "hunter2") || strings.Contains(out.String(), fmt.Sprintf("%x", "hunter2")) {
		t.Errorf("the secret is shown in %s", out.String())
	}
	if s.Reveal() != "hunter2" || !s.Equal(NewSecret("hunter2")) || s.Equal(Secret{}) || !NewSecret("").IsZero() {
		t.Error("the secret is another")
	}
}
