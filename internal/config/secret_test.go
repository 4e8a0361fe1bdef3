package config

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/gind/gind/internal/config/document"
	"github.com/gind/gind/internal/config/entry"
	"github.com/gind/gind/internal/config/schema"
	"github.com/gind/gind/value"
)

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
	if len(changes) != 1 || changes[0].New != "file:"+path+entry.OtherSecret {
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
		if err == nil || strings.Contains(document.Explain(err), "hunter2") {
			t.Errorf("%s: %s", name, document.Explain(err))
		}
	}
}

func TestReferencesAreFollowedWhereverTheyStand(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("CREDENTIALS_DIRECTORY", folder)
	write(t, filepath.Join(folder, "one"), "first")
	write(t, filepath.Join(folder, "two"), "second")
	type place struct {
		Secret value.Secret `yaml:"secret"`
	}
	type everywhere struct {
		Names   map[string]value.Secret `yaml:"names"`
		List    []place                 `yaml:"list"`
		Pointer *place                  `yaml:"pointer"`
		Own     map[string]*place       `yaml:"own"`
	}
	prototype := &everywhere{Own: map[string]*place{"kept": {Secret: value.NewSecret("own")}}}
	s := schema.NewSchema(prototype)
	s.Close()
	text := "names: {a.b: credential:one, \"c[0]\": plain}\nlist: [{secret: credential:two}, {}]\npointer: {secret: credential:one}\n"
	loaded, err := (&Loader{Schema: s, Sources: []Source{oneFile(text)}}).Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := loaded.Value().(*everywhere)
	for name, shown := range map[string][2]string{
		"in a map":           {got.Names["a.b"].Reveal(), "first"},
		"beside it":          {got.Names["c[0]"].Reveal(), "plain"},
		"in a list":          {got.List[0].Secret.Reveal(), "second"},
		"not set":            {got.List[1].Secret.Reveal(), ""},
		"behind a pointer":   {got.Pointer.Secret.Reveal(), "first"},
		"of the prototype's": {got.Own["kept"].Secret.Reveal(), "own"},
	} {
		if shown[0] != shown[1] {
			t.Errorf("%s: %q, want %q", name, shown[0], shown[1])
		}
	}
}
