package gind_test

import (
	"bytes"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// linked are the modules that a program is built with which imports only gind,
// on any of the four systems. Its owner did not choose them: each is in their
// binary, in their go.sum, and in what they have to trust.
var linked = []string{
	"filippo.io/edwards25519",
	"github.com/beorn7/perks",
	"github.com/cespare/xxhash/v2",
	"github.com/coreos/go-systemd/v22",
	"github.com/fsnotify/fsnotify",
	"github.com/gabriel-vasile/mimetype",
	"github.com/gin-contrib/cors",
	"github.com/gin-contrib/sse",
	"github.com/gin-gonic/gin",
	"github.com/go-playground/locales",
	"github.com/go-playground/universal-translator",
	"github.com/go-playground/validator/v10",
	"github.com/go-sql-driver/mysql",
	"github.com/goccy/go-yaml",
	"github.com/godbus/dbus/v5",
	"github.com/hashicorp/errwrap",
	"github.com/hashicorp/go-multierror",
	"github.com/inconshreveable/mousetrap",
	"github.com/joho/godotenv",
	"github.com/klauspost/compress",
	"github.com/leodido/go-urn",
	"github.com/lib/pq",
	"github.com/lmittmann/tint",
	"github.com/mattn/go-isatty",
	"github.com/munnerz/goautoneg",
	"github.com/pelletier/go-toml/v2",
	"github.com/prometheus/client_golang",
	"github.com/prometheus/client_model",
	"github.com/prometheus/common",
	"github.com/prometheus/procfs",
	"github.com/quic-go/qpack",
	"github.com/quic-go/quic-go",
	"github.com/spf13/cobra",
	"github.com/spf13/pflag",
	"github.com/ugorji/go/codec",
	"go.mongodb.org/mongo-driver/v2",
	"golang.org/x/crypto",
	"golang.org/x/net",
	"golang.org/x/sys",
	"golang.org/x/text",
	"google.golang.org/protobuf",
}

func TestApplicationLinksNoNewLibrary(t *testing.T) {
	var modules []string
	for _, system := range []string{"linux", "windows", "darwin", "freebsd"} {
		modules = append(modules, goList(t, system, "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}}{{end}}{{end}}", ".")...)
	}
	slices.Sort(modules)
	modules = slices.Compact(modules)

	for _, module := range modules {
		if !slices.Contains(linked, module) {
			t.Errorf("a program that imports only gind is now built with %s. If every application is to have it, say in docs/design.md, "+
				"Libraries, what it does, why this one and what it adds to the binary, and name it in dependencies_test.go. "+
				"If only some need it, it goes into a package of its own that they import (docs/design.md)", module)
		}
	}
	for _, module := range linked {
		if !slices.Contains(modules, module) {
			t.Errorf("%s is linked no more: take it out of dependencies_test.go, and out of docs/design.md, Libraries", module)
		}
	}
}

// TestEachLibraryIsExplained: what go.mod asks for itself is in the table of docs/design.md.
func TestEachLibraryIsExplained(t *testing.T) {
	text, err := os.ReadFile("docs/design.md")
	if err != nil {
		t.Fatal(err)
	}
	_, libraries, found := strings.Cut(string(text), "\n## Libraries\n")
	if !found {
		t.Fatal("docs/design.md has no part Libraries")
	}
	for _, module := range goList(t, "linux", "-m", "-f", "{{if not (or .Main .Indirect)}}{{.Path}}{{end}}", "all") {
		if !strings.Contains(libraries, strings.TrimPrefix(module, "github.com/")) {
			t.Errorf("docs/design.md, Libraries, does not say what %s is for", module)
		}
	}
}

// goList are the lines that "go list" prints, each once.
func goList(t *testing.T, system string, args ...string) []string {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list"}, args...)...)
	cmd.Env = append(os.Environ(), "GOOS="+system, "CGO_ENABLED=0", "GOFLAGS=-buildvcs=false")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s", cmd.Args, err, &stderr)
	}
	lines := strings.Fields(string(out))
	slices.Sort(lines)
	return slices.Compact(lines)
}
