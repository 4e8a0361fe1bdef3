package certificates

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gind/gind/internal/config"
	"github.com/gind/gind/internal/settings"
)

// pair writes a certificate with a serial number of its own, and its key.
func pair(t *testing.T, dir string, serial int64) settings.Listener {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(serial), NotAfter: time.Now().Add(time.Hour)}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	l := settings.Listener{Certificate: filepath.Join(dir, "server.crt"), Key: filepath.Join(dir, "server.key")}
	for path, block := range map[string]*pem.Block{
		l.Key:         {Type: "PRIVATE KEY", Bytes: private},
		l.Certificate: {Type: "CERTIFICATE", Bytes: certificate},
	} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return l
}

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

// stage what the listeners name, which is not in service yet.
func stage(t *testing.T, c *Certificates, listeners map[string]settings.Listener) config.Prepared {
	t.Helper()
	prepared, err := c.Stage(listeners)
	if err != nil {
		t.Fatal(err)
	}
	return prepared
}

// in service with the listeners from now on.
func in(t *testing.T, c *Certificates, listeners map[string]settings.Listener) {
	t.Helper()
	if err := stage(t, c, listeners).Commit(); err != nil {
		t.Fatal(err)
	}
}

// shake hands with a server of a listener's config.
func shake(t *testing.T, server *tls.Config, sessions tls.ClientSessionCache) tls.ConnectionState {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", server)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		if there, err := l.Accept(); err == nil {
			_, _ = there.Write([]byte{1})
			there.Close()
		}
	}()
	conn, err := tls.Dial("tcp", l.Addr().String(), &tls.Config{ServerName: "shop", InsecureSkipVerify: true, ClientSessionCache: sessions})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := conn.Read(make([]byte, 1)); err != nil { // with it come the tickets
		t.Fatal(err)
	}
	return conn.ConnectionState()
}

func serial(t *testing.T, server *tls.Config) int64 {
	t.Helper()
	return shake(t, server, nil).PeerCertificates[0].SerialNumber.Int64()
}

func TestACertificateIsSwappedBetweenTwoHandshakes(t *testing.T) {
	dir := t.TempDir()
	c := New("", discard())
	listeners := map[string]settings.Listener{"web": pair(t, dir, 1)}
	in(t, c, listeners)
	server := c.Config("web")
	if got := serial(t, server); got != 1 {
		t.Fatalf("certificate %d, want 1", got)
	}
	pair(t, dir, 2)
	next := stage(t, c, listeners)
	if got := serial(t, server); got != 1 {
		t.Errorf("certificate %d before the change is made, want 1", got)
	}
	if err := next.Commit(); err != nil {
		t.Fatal(err)
	}
	if got := serial(t, server); got != 2 {
		t.Errorf("certificate %d, want 2", got)
	}
	next.Rollback()
	if got := serial(t, server); got != 1 {
		t.Errorf("certificate %d after the change is undone, want 1", got)
	}
}

func TestAPairThatIsRefusedChangesNothingAndAllAreTold(t *testing.T) {
	c := New("", discard())
	good := pair(t, t.TempDir(), 1)
	in(t, c, map[string]settings.Listener{"web": good})
	server := c.Config("web")

	other := pair(t, t.TempDir(), 2)
	_, err := c.Stage(map[string]settings.Listener{
		"web": {Certificate: good.Certificate, Key: other.Key},
		"api": {Certificate: "/nowhere", Key: "/nowhere"},
	})
	if err == nil || !strings.Contains(err.Error(), "listener web: ") || !strings.Contains(err.Error(), "listener api: ") {
		t.Errorf("refused with %v", err)
	}
	if got := serial(t, server); got != 1 || c.Config("api") != nil {
		t.Errorf("certificate %d, want 1; api: %v", got, c.Config("api"))
	}
}

func TestAListenerWithoutACertificateSpeaksNoTLSAndNeedsNoKeys(t *testing.T) {
	folder := t.TempDir()
	c := New(folder, discard())
	in(t, c, map[string]settings.Listener{"http": {Address: ":80"}})
	if c.Config("http") != nil || c.Config("unknown") != nil {
		t.Error("it speaks TLS")
	}
	if entries, err := os.ReadDir(folder); err != nil || len(entries) > 0 {
		t.Errorf("%v is kept, %v", entries, err)
	}
}

// TestTicketKeysAreThereBeforeTheFirstHandshake: a client goes on with the next
// process, whether that has begun to rotate keys or not.
func TestTicketKeysAreThereBeforeTheFirstHandshake(t *testing.T) {
	folder := t.TempDir()
	listeners := map[string]settings.Listener{"web": pair(t, t.TempDir(), 1)}
	process := func(folder string) *tls.Config {
		c := New(folder, discard())
		in(t, c, listeners)
		return c.Config("web")
	}
	sessions := tls.NewLRUClientSessionCache(1)
	if shake(t, process(folder), sessions).DidResume {
		t.Fatal("a session from nowhere")
	}
	if !shake(t, process(folder), sessions).DidResume {
		t.Error("the next process does not go on with the session")
	}
	if shake(t, process(""), sessions).DidResume {
		t.Error("a process with keys of its own goes on with the session")
	}
}

func TestTicketKeysThatRotateReachEveryListener(t *testing.T) {
	one := pair(t, t.TempDir(), 1)
	c := New(t.TempDir(), discard())
	in(t, c, map[string]settings.Listener{"a": one, "b": one})
	a := c.Config("a")
	c.useTicketKeys([][32]byte{{1}})
	b := c.Config("b") // of a later reload
	sessions := tls.NewLRUClientSessionCache(1)
	shake(t, a, sessions)
	if !shake(t, b, sessions).DidResume {
		t.Error("the listeners have different keys")
	}
}

func TestKeysThatCannotBeKeptAreToldAndServiceGoesOn(t *testing.T) {
	var log strings.Builder
	c := New(filepath.Join(t.TempDir(), "nowhere"), slog.New(slog.NewTextHandler(&log, nil)))
	in(t, c, map[string]settings.Listener{"web": pair(t, t.TempDir(), 1)})
	if got := serial(t, c.Config("web")); got != 1 || !strings.Contains(log.String(), "level=WARN") {
		t.Errorf("certificate %d, logged %q", got, log.String())
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	listeners := map[string]settings.Listener{"web": pair(t, t.TempDir(), 1)}
	for name, speaksTLS := range map[string]bool{"with keys": true, "without": false} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				c := New(folder, discard())
				in(t, c, listeners)
				if speaksTLS {
					c.Config("web")
				}
				ctx, cancel := context.WithCancel(t.Context())
				ended := make(chan struct{})
				go func() {
					c.Run(ctx)
					close(ended)
				}()
				select {
				case <-ended:
					t.Error("it ends before its context")
				case <-time.After(time.Hour):
				}
				cancel()
				<-ended
			})
		})
	}
}
