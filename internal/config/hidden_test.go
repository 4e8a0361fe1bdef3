package config

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/gind/gind/internal/config/document"
	"github.com/gind/gind/internal/config/schema"
	"github.com/gind/gind/value"
)

// TestARuleThatASecretBreaksDoesNotShowIt, wherever the secret stands, whatever its
// name is, and whoever set it.
func TestARuleThatASecretBreaksDoesNotShowIt(t *testing.T) {
	type nested struct {
		Key value.Secret `yaml:"key" validate:"omitempty,startswith=sk-"`
	}
	type section struct {
		Own     value.Secret            `yaml:"own" validate:"min=20"`
		Pointer *value.Secret           `yaml:"pointer" validate:"omitempty,url"`
		Tokens  map[string]value.Secret `yaml:"tokens" validate:"dive,min=20"`
		List    []value.Secret          `yaml:"list" validate:"dive,len=3"`
		Groups  map[string]nested       `yaml:"groups" validate:"dive"`
		Numeric value.Secret            `yaml:"numeric" validate:"omitempty,numeric"`
		Oneof   value.Secret            `yaml:"oneof" validate:"omitempty,oneof=a b"`
	}
	s := schema.NewSchema(&struct{}{})
	if err := s.AddSection("shop", &section{Own: value.NewSecret("hunter2-own")}); err != nil {
		t.Fatal(err)
	}
	s.Close()
	_, err := (&Loader{Schema: s, Sources: []Source{oneFile(`shop:
  pointer: hunter2-pointer
  tokens:
    api.example.org: hunter2-map
    "a[0]": hunter2-map
  list: [hunter2-list]
  groups:
    a.b: {key: hunter2-group}
  numeric: hunter2-numeric
  oneof: hunter2-oneof
`)}}).Load(t.Context())
	mistakes := document.Mistakes(err)
	if len(mistakes) != 8 || strings.Contains(document.Explain(err), "hunter2") {
		t.Errorf("%d mistakes, want 8, without a secret:\n%v", len(mistakes), document.Explain(err))
	}
	for _, m := range mistakes {
		if m.Key != "shop.own" && m.Line < 2 {
			t.Errorf("no place of its own: %v", m)
		}
	}
	wants(t, err, `:4:22: shop.tokens."api.example.org": the value is below the minimum of 20 characters`, "shop.own: the value is below")
}

// TestASecretThatIsWrittenOutWhereEverybodyReadsIsFound in a file of the config, with
// its place.
func TestASecretThatIsWrittenOutWhereEverybodyReadsIsFound(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes say nothing")
	}
	folder := t.TempDir()
	file := write(t, filepath.Join(folder, "gind.yaml"), "token: hunter2\n")
	dotenv := write(t, filepath.Join(folder, ".env"), "GIND_TOKEN=hunter2\n")
	load := func(sources ...Source) error {
		s, err := loadFrom(t, sources...)
		if err != nil {
			t.Fatal(err)
		}
		return document.Together(s.ExposedSecrets())
	}
	variables := Environment{Prefix: "GIND_", Variables: []string{"GIND_TOKEN=hunter2"}}
	all := []Source{File{Path: file}, DotEnv{Path: dotenv, Prefix: "GIND_"}, variables}
	if err := load(all[:2]...); err != nil {
		t.Errorf("mode 0600: %v", err)
	}
	for _, path := range []string{file, dotenv} {
		if err := os.Chmod(path, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	wants(t, load(all[:1]...), file+":1:8: token: the secret is written out in a file that everybody can read (0644; write chmod o= "+file)
	wants(t, load(all[:2]...), dotenv+":1:1: token: the secret is written out")
	if err := load(all...); err != nil {
		t.Errorf("what a variable says instead: %v", err)
	}
}

// TestADollarInADotEnvStaysWhatItIs: passwords have them.
func TestADollarInADotEnvStaysWhatItIs(t *testing.T) {
	load := func(text string) (*Snapshot, error) {
		path := write(t, filepath.Join(t.TempDir(), ".env"), text)
		return loadFrom(t, DotEnv{Path: path, Prefix: "GIND_"})
	}
	for written, want := range map[string]string{
		`cy8$V2dABC`: `cy8$V2dABC`, `"cy8$V2dABC"`: `cy8$V2dABC`, `'cy8$V2dABC'`: `cy8$V2dABC`, `a${B}c`: `a${B}c`, `$(x)$$`: `$(x)$$`,
		"\uE000$A # a comment": "\uE000$A", `"a\"b\nc$D"`: "a\"b\nc$D",
	} {
		s, err := load("V2=x\nB=x\nGIND_TOKEN=" + written + "\n")
		if err != nil {
			t.Errorf("%s: %v", written, err)
		} else if got := s.Value().(*keys).Token.Reveal(); got != want {
			t.Errorf("%s is %q, want %q", written, got, want)
		}
	}
	for text, place := range map[string]string{
		"A=1\r\nGIND_TOKEN='hunter2$X\r\nB=2\r\n": ".env:2:12: ",
		"A=1\nGIND_TOKEN=\"hunter2\n":             ".env:2:12: ",
		"A=1\nhunter2-$x\nB=2\n":                  ".env:2:1: ",
	} {
		_, err := load(text)
		wants(t, err, place+"this is no file of variables")
		if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q shows a secret: %v", text, err)
		}
	}
}
