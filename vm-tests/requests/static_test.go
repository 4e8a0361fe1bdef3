//go:build linux

package requests

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/gind/gind/vm-tests/installed"
	"github.com/gind/gind/vm-tests/machine"
	"github.com/gind/gind/vm-tests/service"
)

// The main job on real input: every file of the Go distribution's sources.
func TestEveryFileOfARealTreeIsServed(t *testing.T) {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatalf("go env GOROOT: %v", err)
	}
	tree := filepath.Join(strings.TrimSpace(string(root)), "src")
	paths := regularFiles(t, tree)
	if len(paths) < 5000 {
		t.Fatalf("%s has %d files, too few to mean anything", tree, len(paths))
	}

	installed.Gind(t, func(t *testing.T, m *machine.Machine) {
		service.Configure(m, "static:", "  root: /srv/tree", "log:", "  access: false")
		m.Run("systemctl restart gind")
		serveAll(t, m.HTTP(), tree, paths)

		load := m.Command(context.Background(), "wrk", "-t2", "-c50", "-d10s", service.Origin+"/net/http/server.go")
		report, err := load.CombinedOutput()
		if err != nil {
			t.Fatalf("wrk: %v\n%s", err, report)
		}
		if text := string(report); !strings.Contains(text, "Requests/sec") ||
			strings.Contains(text, "Socket errors") || strings.Contains(text, "Non-2xx") {
			t.Errorf("wrk saw errors:\n%s", text)
		}
	}, machine.Mount(tree, "/srv/tree"))
}

// regularFiles lists what is to be served of a tree: dotfiles are not.
func regularFiles(t *testing.T, tree string) (paths []string) {
	t.Helper()
	err := filepath.WalkDir(tree, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case strings.HasPrefix(entry.Name(), ".") && entry.IsDir():
			return fs.SkipDir
		case strings.HasPrefix(entry.Name(), ".") || !entry.Type().IsRegular():
			return nil
		}
		rel, err := filepath.Rel(tree, path)
		paths = append(paths, rel)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

// serveAll fetches every file, eight at a time, and compares.
func serveAll(t *testing.T, client *http.Client, tree string, paths []string) {
	t.Helper()
	client.CheckRedirect = nil
	client.Transport.(*http.Transport).MaxIdleConnsPerHost = 8
	next := make(chan string)
	var fetchers sync.WaitGroup
	for range 8 {
		fetchers.Go(func() {
			for path := range next {
				if err := sameSum(client, tree, path); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for _, path := range paths {
		next <- path
	}
	close(next)
	fetchers.Wait()
}

func sameSum(client *http.Client, tree, path string) error {
	want, err := os.ReadFile(filepath.Join(tree, path))
	if err != nil {
		return err
	}
	response, err := client.Get(service.Origin + (&url.URL{Path: "/" + path}).EscapedPath())
	if err != nil {
		return err
	}
	defer response.Body.Close()
	got := sha256.New()
	length, err := io.Copy(got, response.Body)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if response.StatusCode != http.StatusOK || [sha256.Size]byte(got.Sum(nil)) != sha256.Sum256(want) {
		return fmt.Errorf("%s: %s, %d bytes that are not the file's %d", path, response.Status, length, len(want))
	}
	return nil
}
