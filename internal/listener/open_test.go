package listener

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/go-multierror"
)

func TestAddressesThatAreNoneAreExplained(t *testing.T) {
	for address, want := range map[string]string{
		"8080":            `address "8080": missing port in address (write host:port, :port or unix:/path)`,
		"":                `address "": missing port in address`,
		"localhost:":      `"" is no port`,
		"localhost:http!": `"http!" is no port`,
		":70000":          `"70000" is no port`,
		"::1:80":          "too many colons in address",
		"unix:":           `address "unix:" has no path`,
	} {
		_, err := Open([]Spec{{Name: "http", Address: address}}, nil)
		if err == nil || !strings.Contains(err.Error(), `listener: "http": `) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", address, err, want)
		}
	}
}

func TestOpenReportsAllMistakesAndLeavesNothingOpen(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	good := filepath.Join(t.TempDir(), "good")
	_, err = Open([]Spec{
		{Name: "good", Address: "unix:" + good},
		{Name: "http", Address: taken.Addr().String()},
		{Name: "https", Address: "nonsense"},
		{Name: "good", Address: ":0"},
		{Name: `say "hi"`, Address: ":0"},
		{Name: "raw", Address: "127.0.0.1:0"},
	}, []Inherited{{Name: "foo", File: tcpFile(t)}, {Name: "raw", File: packetFile(t)}})
	var all *multierror.Error
	if !errors.As(err, &all) {
		t.Fatalf("error %v", err)
	}
	for i, want := range []string{
		`listener: socket "foo" (systemd) matches no listener; known: good, http, https, raw, say "hi"`,
		"another process has it",
		`listener: "https": address "nonsense"`,
		`listener: "good": another listener has the same name`,
		`listener: "say \"hi\"": a name is 1 to 200 printable`,
		`listener: "raw": the socket that was passed for it is a datagram socket, not a stream socket (ListenStream=)`,
	} {
		if i >= len(all.Errors) || !strings.Contains(all.Errors[i].Error(), want) {
			t.Errorf("mistake %d of %v, want %q", i, all.Errors, want)
		}
	}
	if _, err := os.Stat(good); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a listener is left: %v", err)
	}
}

// tcpFile is the file of a listening TCP socket.
func tcpFile(t *testing.T) *os.File {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	f, err := l.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func packetFile(t *testing.T) *os.File {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	f, err := c.(*net.UDPConn).File()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestPassedSocketTakesThePlaceOfTheAddress(t *testing.T) {
	v4, again := tcpFile(t), tcpFile(t)
	set, err := Open([]Spec{{Name: "http", Address: "not used"}}, []Inherited{{Name: "http", File: v4}, {Name: "http", File: again}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = set.Close() }()
	if n := len(set.Named("http")); n != 2 {
		t.Fatalf("two sockets became %d listeners", n)
	}
	for _, l := range set.Listeners() {
		accepted := make(chan error, 1)
		go func() {
			c, err := l.Accept()
			if err == nil && c.(*Conn).ListenerName() != "http" {
				err = errors.New(c.(*Conn).ListenerName())
			}
			accepted <- err
		}()
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if err := <-accepted; err != nil {
			t.Error(err)
		}
		_ = c.Close()
	}
	if err := v4.Close(); !errors.Is(err, os.ErrClosed) {
		t.Error("a passed file is left open")
	}
}

func TestPassedSocketsThatDoNotListen(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	connected, err := c.(*net.TCPConn).File()
	if err != nil {
		t.Fatal(err)
	}
	plain, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	for want, f := range map[string]*os.File{"is not listening": connected, "is no socket": plain} {
		_, err := Open([]Spec{{Name: "http", Address: ":0"}}, []Inherited{{Name: "http", File: f}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

// TestOwnSocketIsUsedOnlyIfItFitsTheAddress: the address may have been changed
// since the process before bound the socket.
func TestOwnSocketIsUsedOnlyIfItFitsTheAddress(t *testing.T) {
	for address, fits := range map[string]bool{
		"127.0.0.1:0": true, "127.0.0.1:PORT": true, "localhost:PORT": true,
		":PORT": false, ":0": false, "127.0.0.2:PORT": false, "127.0.0.1:1": false,
	} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		f, err := l.(*net.TCPListener).File()
		if err != nil {
			t.Fatal(err)
		}
		_, port, _ := net.SplitHostPort(l.Addr().String())
		i := Inherited{Name: StoredPrefix + "http", File: f}
		i.fromStore()
		if got := i.wanted(Spec{Name: "http", Address: strings.Replace(address, "PORT", port, 1)}); got != fits {
			t.Errorf("127.0.0.1:%s for %q: %v", port, address, got)
		}
		_ = f.Close()
		_ = l.Close()
	}
}

func TestOwnSocketsThatNobodyWantsAreClosed(t *testing.T) {
	old := open(t, Spec{Name: "admin", Address: "127.0.0.1:0"}, Spec{Name: "http", Address: "127.0.0.1:0"})
	files, err := old.Files()
	if err != nil {
		t.Fatal(err)
	}
	set, err := Open([]Spec{{Name: "http", Address: "127.0.0.1:0"}}, files)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = set.Close() }()
	if got, want := set.Named("http")[0].Addr().String(), old.Named("http")[0].Addr().String(); got != want {
		t.Errorf("listens on %s, not on the socket of the process before, %s", got, want)
	}
	unwanted := old.Named("admin")[0].Addr().String()
	_ = old.Close()
	if _, err := net.Dial("tcp", unwanted); err == nil {
		t.Error("the socket that nobody wants is still open")
	}
}

func TestTwoListenersOnOnePortAreNamed(t *testing.T) {
	set := open(t)
	_, err := set.Open(Spec{Name: "admin", Address: set.Listeners()[0].Addr().String()})
	if err == nil || !strings.Contains(err.Error(), `listener: "admin": `) || !strings.Contains(err.Error(), `listener "http" has it`) {
		t.Errorf("error %v", err)
	}
}

func TestAUnixSocketTakesThePlaceOfWhatADeadProcessLeft(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "control.sock")
	dead, err := ListenUnix(path, 0o660)
	if err != nil {
		t.Fatal(err)
	}
	dead.SetUnlinkOnClose(false)
	_ = dead.Close()
	live, err := ListenUnix(path, 0o660)
	if err != nil {
		t.Fatalf("in the place of a dead one: %v", err)
	}
	defer func() { _ = live.Close() }()
	for path, want := range map[string]string{
		path: "in use", filepath.Join(dir, strings.Repeat("x", 200)): "a socket's may have", dir: "is no socket",
	} {
		if l, err := ListenUnix(path, 0o660); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, %v; want %q", path, l, err, want)
		}
	}
}
