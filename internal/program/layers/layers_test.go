package layers

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gind/gind/internal/command"
	"github.com/gind/gind/internal/config"
	"github.com/gind/gind/internal/paths"
	"github.com/gind/gind/internal/settings"
)

// nothing is what the rooms above would find.
func nothing(*config.Snapshot) []*config.Mistake { return nil }

// write a file beside the others.
func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestLaterLayersWin(t *testing.T) {
	dir := t.TempDir()
	l := Layers{Name: "shop-api", File: filepath.Join(dir, "shop.yaml"), Values: map[string]string{}, Check: nothing}
	in := command.Input{ConfigFile: l.File, Explicit: true, Values: map[string]command.Value{}}
	for i, step := range []struct {
		layer string
		set   func(value string)
	}{
		{"the file", func(v string) {
			write(t, l.File, "environment: development\nserver: {read_timeout: "+v+"}\n")
		}},
		{"the operator's drop-in", func(v string) {
			write(t, filepath.Join(dir, "shop.d", "10.yaml"), "server: {read_timeout: "+v+"}\n")
		}},
		{"the overlay", func(v string) {
			write(t, filepath.Join(dir, "shop.development.yaml"), "server: {read_timeout: "+v+"}\n")
		}},
		{".env", func(v string) {
			write(t, filepath.Join(dir, ".env"), "SHOP_API_SERVER_READ_TIMEOUT="+v+"\n")
		}},
		{"the variable", func(v string) { t.Setenv("SHOP_API_SERVER_READ_TIMEOUT", v) }},
		{"the program's own value", func(v string) { l.Values["server.read_timeout"] = v }},
		{"the flag", func(v string) {
			in.Values["server.read_timeout"] = command.Value{Text: v, Flag: "--read-timeout"}
		}},
	} {
		want := time.Duration(i+1) * time.Second
		step.set(want.String())
		now, err := l.Loader(in).Load(t.Context())
		if err != nil {
			t.Fatal(step.layer, ": ", err)
		}
		if got := settings.Of(now).Server.ReadTimeout; got != want {
			t.Errorf("%v from %s; want %v, from %s", got, now.Origin("server.read_timeout"), want, step.layer)
		}
	}
}

func TestDotEnvIsRefusedOutsideOfDevelopment(t *testing.T) {
	dir := t.TempDir()
	l := Layers{Name: "shop", File: filepath.Join(dir, "shop.yaml"), Check: nothing}
	in := command.Input{ConfigFile: l.File, Explicit: true}
	write(t, filepath.Join(dir, ".env"), "SHOP_LOG_LEVEL=debug\n")
	for text, refused := range map[string]bool{
		"environment: production":                             true,
		"environment: staging":                                true,
		"environment: development":                            false,
		"{environment: production, config: {dotenv: true}}":   false,
		"{environment: development, config: {dotenv: false}}": false,
	} {
		write(t, l.File, text+"\n")
		_, err := l.Loader(in).Load(t.Context())
		if (err != nil) != refused || refused && !strings.Contains(err.Error(), "is for the environment development") {
			t.Errorf("%s: %v; refused is %v", text, err, refused)
		}
	}
}

func TestPackagesSpeakForTheServicesOwnFileAlone(t *testing.T) {
	l := Layers{Name: "shop", File: "/etc/shop/shop.yaml", Check: nothing}
	vendor := config.DropIns{paths.VendorDropIns("shop")}
	own := l.Loader(command.Input{ConfigFile: l.File}).Sources
	if !reflect.DeepEqual(own[0], vendor) || !reflect.DeepEqual(own[1], config.File{Path: l.File, Optional: true}) {
		t.Errorf("the first layers are %+v", own[:2])
	}
	named := l.Loader(command.Input{ConfigFile: "/tmp/other.yaml", Explicit: true}).Sources
	if !reflect.DeepEqual(named[0], config.File{Path: "/tmp/other.yaml"}) {
		t.Errorf("the first layer of a file that a flag names is %+v", named[0])
	}
	for _, source := range named {
		if reflect.DeepEqual(source, vendor) {
			t.Error("packages speak for a file that a flag names")
		}
	}
}

func TestAFileThatIsNoneHasNoOthersBesideIt(t *testing.T) {
	t.Chdir(t.TempDir())
	l := Layers{Name: "shop", File: "/etc/shop/shop.yaml", Check: nothing}
	for _, source := range l.Loader(command.Input{ConfigFile: os.DevNull, Explicit: true}).Sources {
		switch source.(type) {
		case config.DropIns, config.Overlay:
			t.Errorf("%+v is read beside %s", source, os.DevNull)
		}
	}
}

func TestDefaultsReadNoLayerAndKnowEveryCheck(t *testing.T) {
	asked := false
	l := Layers{Name: "shop", Check: func(*config.Snapshot) []*config.Mistake { asked = true; return nil }}
	t.Setenv("SHOP_LOG_LEVEL", "debug")
	now, err := l.Defaults().Load(t.Context())
	if err != nil || settings.Of(now).Log.Level != "info" || !asked {
		t.Errorf("level %q, %v; the check was asked: %v", settings.Of(now).Log.Level, err, asked)
	}
}
