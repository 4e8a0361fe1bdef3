package programs

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// Build returns the path of a program, by the name of its folder.
func Build(t *testing.T, name string) string {
	t.Helper()
	mu.Lock()
	defer mu.Unlock()
	if built[name] == "" {
		path, err := build(name)
		if err != nil {
			t.Fatal(err)
		}
		built[name] = path
	}
	return built[name]
}

var (
	mu    sync.Mutex
	built = map[string]string{}
)

// build asks go, which links nothing if what stands there is of the same source.
func build(name string) (path string, err error) {
	module, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("go env GOMOD: %w", err)
	}
	path = filepath.Join(filepath.Dir(strings.TrimSpace(string(module))), "build", "vm-tests", name)
	cmd := exec.Command("go", "build", "-o", path, "github.com/gind/gind/vm-tests/programs/"+name)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%s: %w\n%s", cmd, err, output)
	}
	return path, nil
}
