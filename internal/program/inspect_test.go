package program

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gind/gind/internal/command"
	"github.com/gind/gind/internal/service"
)

// treeOf is what a folder has in it, with times: a file that was written shows.
func treeOf(t *testing.T, root string) map[string]string {
	t.Helper()
	tree := map[string]string{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			tree[path] = fmt.Sprint(info.Mode(), info.ModTime(), info.Size())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// TestWhoOnlyLooksChangesNothing on the machine, root neither: no folder, no socket, no
// file, whatever the config asks a service for, good or bad. What the application opens
// when it starts is not opened.
func TestWhoOnlyLooksChangesNothing(t *testing.T) {
	root := t.TempDir()
	for _, variable := range []string{"STATE_DIRECTORY", "LOGS_DIRECTORY", "RUNTIME_DIRECTORY", "CACHE_DIRECTORY"} {
		folder := filepath.Join(root, variable)
		if err := os.Mkdir(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		t.Setenv(variable, folder)
	}
	t.Setenv("NOTIFY_SOCKET", filepath.Join(root, "notify"))
	s := newSite(t, func(s *service.Service) error {
		s.Logger().Debug("a record of the setup")
		s.OnStart("database", func(context.Context) error { return os.WriteFile(filepath.Join(root, "database"), nil, 0o600) })
		return nil
	})
	s.dir = root
	for name, text := range map[string]string{
		"good": `listeners: {a: {address: "127.0.0.1:0"}, b: {address: "unix:$DIR/b.sock"}}
control: {socket: $DIR/run/control.sock}
log: {level: debug, target: text, directory: $DIR/logs/extra, mirror: always}
`,
		"bad":       "log: {directory: $DIR/logs, mirror: always}\nserver: {read_timeout: 5}\n",
		"malformed": "log: {directory: $DIR/logs, mirror: always}\nserver: [\n",
		"default":   "{}\n",
	} {
		if err := os.WriteFile(s.file(), []byte(strings.ReplaceAll(text, "$DIR", root)), 0o600); err != nil {
			t.Fatal(err)
		}
		before := treeOf(t, root)
		in := command.Input{ConfigFile: s.file(), Explicit: true}
		good := name == "good" || name == "default"
		if err := s.check(); (err == nil) != good {
			t.Errorf("%s: check says %v", name, err)
		}
		if _, err := s.program().show(context.Background(), in); (err == nil) != good {
			t.Errorf("%s: show says %v", name, err)
		}
		if _, err := s.program().schema(context.Background(), in); err != nil {
			t.Errorf("%s: schema says %v", name, err)
		}
		if after := treeOf(t, root); !maps.Equal(before, after) {
			t.Errorf("%s: the machine is another:\n%v\n%v", name, before, after)
		}
	}
}
