//go:build unix

package trial

import (
	"fmt"
	"os"
	"path"
	"strings"
	"syscall"
	"testing"
	"time"
)

// tree is a file system: each path with its owner and mode, and where it leads if it is
// a link.
type tree map[string]node

type node struct {
	owner uint32
	mode  os.FileMode
	to    string
}

const (
	folder  = os.ModeDir | 0o755
	program = os.FileMode(0o755)
	alink   = os.ModeSymlink | 0o777
)

func (n node) Name() string       { return "" }
func (n node) Size() int64        { return 0 }
func (n node) Mode() os.FileMode  { return n.mode }
func (n node) ModTime() time.Time { return time.Time{} }
func (n node) IsDir() bool        { return n.mode.IsDir() }
func (n node) Sys() any           { return &syscall.Stat_t{Uid: n.owner} }

func (files tree) look(name string) (os.FileInfo, error) {
	if name != "/" {
		if parent := files[path.Dir(name)]; !parent.mode.IsDir() {
			return nil, fmt.Errorf("lstat %s: %w", name, syscall.ENOTDIR)
		}
	}
	n, found := files[name]
	if !found {
		return nil, fmt.Errorf("lstat %s: %w", name, os.ErrNotExist)
	}
	return n, nil
}

func (files tree) follow(name string) (string, error) { return files[name].to, nil }

// TestOnlyRootAndTheServicesUserMayHaveWrittenAProgram, nor a folder above it, nor a
// link on the way.
func TestOnlyRootAndTheServicesUserMayHaveWrittenAProgram(t *testing.T) {
	const user, stranger = 7, 8
	files := tree{
		"/": {mode: folder}, "/opt": {mode: folder}, "/opt/shop": {mode: program},
		"/srv": {owner: user, mode: folder}, "/srv/shop": {owner: user, mode: program},
		"/srv/theirs": {owner: stranger, mode: program}, "/srv/group": {mode: 0o775}, "/srv/all": {mode: 0o757},
		"/srv/text": {mode: 0o644}, "/srv/pipe": {mode: os.ModeNamedPipe | 0o755},
		"/tmp": {mode: os.ModeDir | os.ModeSticky | 0o777}, "/tmp/shop": {mode: program},
		"/home": {owner: stranger, mode: folder}, "/home/shop": {mode: program},
		"/srv/link": {mode: alink, to: "shop"}, "/srv/up": {mode: alink, to: "../opt/shop"},
		"/srv/absolute": {mode: alink, to: "/opt/./shop"}, "/srv/folder": {mode: alink, to: "/opt"},
		"/srv/totmp": {mode: alink, to: "/tmp/shop"}, "/srv/viatmp": {mode: alink, to: "/tmp/../opt/shop"},
		"/srv/stranger": {owner: stranger, mode: alink, to: "shop"}, "/srv/loop": {mode: alink, to: "loop"},
		"/srv/gone": {mode: alink, to: "none"}, "/srv/chain": {mode: alink, to: "link"},
	}
	for name, want := range map[string]string{
		"/opt/shop": "", "/srv/shop": "", "/srv/link": "", "/srv/up": "", "/srv/absolute": "", "/srv/folder/shop": "", "/srv/chain": "",
		"/opt/../srv/shop": "",
		"shop":             `"shop" is no absolute path`,
		"":                 "no absolute path",
		"/srv/theirs":      "/srv/theirs belongs to user 8, and has to be root's or the service's own user's",
		"/srv/group":       "/srv/group may be written by others than its owner",
		"/srv/all":         "/srv/all may be written by others",
		"/tmp/shop":        "/tmp may be written by others",
		"/srv/totmp":       "/tmp may be written by others",
		"/srv/viatmp":      "/tmp may be written by others",
		"/home/shop":       "/home belongs to user 8",
		"/srv/stranger":    "/srv/stranger belongs to user 8",
		"/srv/loop":        "/srv/loop: too many links",
		"/srv/gone":        "/srv/none: file does not exist",
		"/srv/none/shop":   "/srv/none: file does not exist",
		"/srv/shop/shop":   "not a directory",
		"/srv/text":        "/srv/text: it is no program",
		"/srv/pipe":        "/srv/pipe: it is no program",
		"/srv":             "/srv: it is no program",
		"/":                "/: it is no program",
	} {
		err := walker{user: user, look: files.look, follow: files.follow}.check(name)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", name, err, want)
		}
	}
	if err := (walker{user: 0, look: files.look, follow: files.follow}).check("/srv/shop"); err == nil || !strings.Contains(err.Error(), "/srv belongs to user 7") {
		t.Errorf("root's service takes the program of user 7: %v", err)
	}
}

func TestAProgramIsLookedAtWhereItIs(t *testing.T) {
	dir := t.TempDir() // below a folder that everybody may write to
	if err := Check(dir+"/none", os.Getuid()); err == nil {
		t.Error("it has no complaints")
	}
}
