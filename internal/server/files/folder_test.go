package files

import (
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
)

// release writes a folder with one file, and what is in it.
func release(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(path, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(path, "who.txt"), []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// link makes a symbolic link, or takes another one's place at once.
func link(t *testing.T, target, path string) {
	t.Helper()
	if err := os.Symlink(target, path+".new"); err != nil {
		t.Skip("no symbolic links here: ", err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

func served(t *testing.T, path string) *Tree {
	t.Helper()
	tr, err := Open(path, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tr.Close() })
	return tr
}

func TestALinkThatIsSwitchedIsFollowedWithTheNextRequest(t *testing.T) {
	dir := t.TempDir()
	current := filepath.Join(dir, "current")
	release(t, filepath.Join(dir, "releases", "1"), "one")
	release(t, filepath.Join(dir, "releases", "2"), "two")
	link(t, filepath.Join("releases", "1"), current)
	tr := served(t, current)
	for _, c := range []struct{ release, want string }{{"1", "one"}, {"2", "two"}, {"1", "one"}} {
		link(t, filepath.Join("releases", c.release), current)
		if _, body, _ := ask(t, tr, http.MethodGet, "/who.txt"); body != c.want {
			t.Errorf("the link leads to release %s: got %q, want %q", c.release, body, c.want)
		}
	}
}

func TestAFolderThatIsReplacedIsFollowedAndUntilThenTheOldOneIsServed(t *testing.T) {
	root := filepath.Join(t.TempDir(), "www")
	release(t, root, "old")
	tr := served(t, root)
	if err := os.Rename(root, root+".old"); err != nil {
		t.Skip("a folder that is open can't be moved here: ", err)
	}
	if _, body, _ := ask(t, tr, http.MethodGet, "/who.txt"); body != "old" {
		t.Errorf("nothing is at the path: got %q, want what was there", body)
	}
	release(t, root, "new")
	if _, body, _ := ask(t, tr, http.MethodGet, "/who.txt"); body != "new" {
		t.Errorf("another folder is there: got %q, want what is in it", body)
	}
	if err := os.RemoveAll(root); err != nil {
		t.Fatal(err)
	}
	release(t, root, "newer")
	if _, body, _ := ask(t, tr, http.MethodGet, "/who.txt"); body != "newer" {
		t.Errorf("the folder was deleted and made again: got %q, want what is in it", body)
	}
}

// TestNoRequestFailsWhileALinkIsSwitched: each is answered by one release or the
// other, and no descriptor is left.
func TestNoRequestFailsWhileALinkIsSwitched(t *testing.T) {
	dir := t.TempDir()
	current := filepath.Join(dir, "current")
	names := []string{"one", "two"}
	for _, name := range names {
		release(t, filepath.Join(dir, name), name)
	}
	link(t, "one", current)
	tr := served(t, current)
	var clients sync.WaitGroup
	done := make(chan struct{})
	for range 4 {
		clients.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				if _, body, outcome := ask(t, tr, http.MethodGet, "/who.txt"); !slices.Contains(names, body) {
					t.Errorf("got %q (%v), want the file of either release", body, outcome)
					return
				}
			}
		})
	}
	for i := range 300 {
		link(t, names[i%2], current)
	}
	close(done)
	clients.Wait()
	if open, err := os.ReadDir("/proc/self/fd"); err == nil && len(open) > 100 {
		t.Errorf("%d descriptors are open after 300 changes", len(open))
	}
}

func TestAClosedTreeFollowsNothing(t *testing.T) {
	root := filepath.Join(t.TempDir(), "www")
	release(t, root, "old")
	tr, err := Open(root, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	_ = os.Rename(root, root+".old")
	release(t, root, "new")
	tr.follow()
	if _, err := tr.open("who.txt"); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("after Close: got %v, want %v", err, fs.ErrClosed)
	}
}

func TestALinkOutOfTheRootIsToldOnce(t *testing.T) {
	dir := t.TempDir()
	root := filepath.Join(dir, "www")
	release(t, root, "in")
	release(t, filepath.Join(dir, "elsewhere"), "out")
	if err := os.Mkdir(filepath.Join(root, "a"), 0o755); err != nil {
		t.Fatal(err)
	}
	link(t, "../elsewhere", filepath.Join(root, "assets"))
	link(t, "../../elsewhere/who.txt", filepath.Join(root, "a", "file.txt"))
	link(t, "../who.txt", filepath.Join(root, "a", "in.txt"))
	link(t, "nowhere", filepath.Join(root, "a", "broken.txt"))
	var told []string
	tr, err := Open(root, false, func(link string) { told = append(told, link) })
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tr.Close() }()
	for _, path := range []string{
		"/assets/who.txt", "/assets/who.txt", "/assets/other.txt", "/assets", "/assets/", "/a/file.txt", "/a/file.txt",
		"/a/broken.txt", "/a/none.txt", "/none/none.txt",
	} {
		if _, body, outcome := ask(t, tr, http.MethodGet, path); outcome != NotFound {
			t.Errorf("%s: got %v %q, want nothing", path, outcome, body)
		}
	}
	if _, body, _ := ask(t, tr, http.MethodGet, "/a/in.txt"); body != "in" {
		t.Errorf("a link that stays inside: got %q, want the file", body)
	}
	want := []string{filepath.ToSlash(root) + "/assets", filepath.ToSlash(root) + "/a/file.txt"}
	if !slices.Equal(told, want) {
		t.Errorf("told of %q, want of each link once: %q", told, want)
	}
}
