package socketunit

import (
	"net"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// write files of a unit.
func write(t *testing.T, texts ...string) (paths []string) {
	t.Helper()
	for i, text := range texts {
		path := filepath.Join(t.TempDir(), string(rune('a'+i))+".conf")
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	return paths
}

func TestLinesCountAsSystemdReadsThem(t *testing.T) {
	files := write(t,
		"[Unit]\nListenStream=1\n[Socket]\n# ListenStream=2\nListenStream=3\nListenDatagram=4\n",
		"[Socket]\nListenDatagram=\nListenStream = [::1]:5\n",
		"[Socket]\nListenStream=%t/x.sock\nBacklog=9\n")
	got, err := Listens(append(files, "/nonexistent"))
	want := []Listen{{"ListenStream", "[::1]:5"}, {"ListenStream", "%t/x.sock"}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, error %v; want %v", got, err, want)
	}
}

func TestAnotherPortKeepsTheAddress(t *testing.T) {
	for before, after := range map[string]string{
		"80": "8085", "0.0.0.0:80": "0.0.0.0:8085", "[::1]:80": "[::1]:8085", "127.0.0.1:80": "127.0.0.1:8085",
		"/run/a.sock": "/run/a.sock", "@a:80": "@a:80", "%t/a:80": "%t/a:80", "vsock:2:80": "vsock:2:80",
	} {
		if got := (Listen{"ListenStream", before}).At(8085).Value; got != after {
			t.Errorf("%s becomes %s, want %s", before, got, after)
		}
	}
	if got := (Listen{"ListenDatagram", "80"}).At(8085).Value; got != "80" {
		t.Errorf("a datagram socket moves to %s", got)
	}
}

func TestASocketHasWhatSystemdListensOn(t *testing.T) {
	all := &net.TCPAddr{IP: net.IPv6zero, Port: 80}
	s := Socket{Active: true, Streams: []string{"[::]:80", "/run/a.sock"}}
	if !s.Has(all) || !s.Has(&net.UnixAddr{Name: "/run/a.sock", Net: "unix"}) || s.Has(&net.TCPAddr{IP: net.IPv6zero, Port: 81}) || !s.IsTCP() {
		t.Errorf("%+v", s)
	}
	if s.Active = false; s.Has(all) {
		t.Error("one that is stopped has a socket")
	}
}

func TestADropInIsPutBack(t *testing.T) {
	folder := t.TempDir()
	d, err := OpenDropIn(folder, "shop.socket")
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Write("# why", []Listen{{"ListenStream", "80"}}); err != nil {
		t.Fatal(err)
	}
	text, _ := os.ReadFile(d.Path)
	if want := "# why\n[Socket]\nListenStream=\nListenStream=80\n"; string(text) != want {
		t.Errorf("%q, want %q", text, want)
	}
	again, err := OpenDropIn(folder, "shop.socket")
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Write("", nil); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(d.Path); !os.IsNotExist(err) {
		t.Errorf("without lines the file is there: %v", err)
	}
	if err := again.Restore(); err != nil {
		t.Fatal(err)
	}
	if now, _ := os.ReadFile(d.Path); string(now) != string(text) {
		t.Errorf("%q is put back, want %q", now, text)
	}
	if err := d.Restore(); err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(folder); len(left) > 0 {
		t.Errorf("%v is left", left)
	}
}
