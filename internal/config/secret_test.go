package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
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

func TestSecretsComeFromFilesAndCredentials(t *testing.T) {
	folder := t.TempDir()
	write(t, filepath.Join(folder, "token"), "from a file\r\n")
	t.Setenv("CREDENTIALS_DIRECTORY", folder)
	for text, want := range map[string]string{
		"file:" + filepath.Join(folder, "token"): "from a file",
		"credential:token":                       "from a file",
		"plain":                                  "plain",
		`""`:                                     "",
	} {
		s := mustLoad(t, "token: "+text+"\n")
		if got := s.Value().(*keys).Token.Reveal(); got != want {
			t.Errorf("%s is %q, want %q", text, got, want)
		}
		for _, e := range s.Entries() {
			if strings.Contains(e.Value, "from a file") || strings.Contains(e.Value, "plain") {
				t.Errorf("%s shows %s", e.Key, e.Value)
			}
		}
	}
	write(t, filepath.Join(folder, "empty"), "\n")
	_, err := load(t, "token: credential:empty\n")
	wants(t, err, "the secret in "+filepath.Join(folder, "empty")+" is empty")
	// What a later layer sets is not looked for.
	if s := mustLoad(t, "token: credential:missing\n", Values{"token": {Text: "given", Source: "--token"}}); s.Value().(*keys).Token.Reveal() != "given" {
		t.Error("the flag does not win")
	}
}

func TestAnotherSecretIsAChange(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	config := "token: file:" + path + "\n"
	write(t, path, "one")
	a, b := mustLoad(t, config), mustLoad(t, config)
	if changes := Diff(a, b); len(changes) != 0 {
		t.Errorf("the same secret is a change: %+v", changes)
	}
	write(t, path, "two")
	c := mustLoad(t, config)
	changes := Diff(a, c)
	if len(changes) != 1 || changes[0].New != "file:"+path+otherSecret {
		t.Errorf("changes are %+v", changes)
	}
	changes = Diff(mustLoad(t, "token: one\n"), mustLoad(t, "token: two\n"))
	if len(changes) != 1 || strings.Contains(fmt.Sprint(changes), "two") {
		t.Errorf("changes are %+v", changes)
	}
}

func TestFilesThatEverybodyCanReadAreFound(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes say nothing")
	}
	path := write(t, filepath.Join(t.TempDir(), "token"), "x")
	s := mustLoad(t, "token: file:"+path+"\n")
	if found := s.ExposedSecrets(); len(found) != 0 {
		t.Errorf("mode 0600: %v", found)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	found := mustLoad(t, "token: file:"+path+"\n").ExposedSecrets()
	if len(found) != 1 {
		t.Fatalf("mode 0644: %v", found)
	}
	wants(t, found[0], "gind.yaml:1:8: token: everybody can read the secret in "+path+" (0644; write chmod o= "+path+")")
}

func TestLinesWithSecretsAreNotShown(t *testing.T) {
	for name, text := range map[string]string{
		"wrong type":       "token: [hunter2]\n",
		"malformed":        "token: hunter2: x\n",
		"between braces":   "shop: {api_token: hunter2, bad: }}\n",
		"before a section": "warehouse: {Password: 'hunter2, x: 3}\n",
		"on many lines":    "shop:\n  private_key: |\n    first\n   hunter2\n",
		"quoted":           "token: \"hunter2\n",
		"in a list":        "shop:\n  tokens:\n    - hunter2: :\n",
		"variable":         "",
	} {
		_, err := load(t, text, Environment{Prefix: "GIND_", Variables: []string{"GIND_TOKEN=file:hunter3", "GIND_SERVER_WORKERS=x"}})
		if err == nil || strings.Contains(Explain(err), "hunter2") {
			t.Errorf("%s: %s", name, Explain(err))
		}
	}
}
