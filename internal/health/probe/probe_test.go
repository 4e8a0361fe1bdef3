package probe

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
	"time"
)

const secret = "hunter2-s3cret"

// ask runs a probe with enough time.
func ask(t *testing.T, probe Func) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	return probe(ctx)
}

// built unwraps a constructor that must succeed.
func built(t *testing.T) func(Func, error) Func {
	return func(f Func, err error) Func {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
}

// passes and fails are what a probe has to do. An error never holds the secret.
func passes(t *testing.T, what string, err error) {
	t.Helper()
	if err != nil {
		t.Errorf("%s: %v", what, err)
	}
}

func fails(t *testing.T, what string, err error, text string) {
	t.Helper()
	switch {
	case err == nil:
		t.Errorf("%s passed, want an error with %q", what, text)
	case !strings.Contains(err.Error(), text):
		t.Errorf("%s: %v; want %q", what, err, text)
	case strings.Contains(err.Error(), secret):
		t.Errorf("%s: the secret is in the error: %v", what, err)
	}
}

// certificate writes a self-signed certificate for localhost and its key to dir.
func certificate(t *testing.T, dir string, validFor time.Duration) (certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "localhost"},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(validFor),
		DNSNames:              []string{"localhost"},
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return writePEM(t, dir, "cert.pem", "CERTIFICATE", der), writePEM(t, dir, "key.pem", "PRIVATE KEY", private)
}

func writePEM(t *testing.T, dir, name, kind string, der []byte) string {
	t.Helper()
	file := filepath.Join(dir, name)
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// listener is a TCP listener whose connections are given to serve.
func listener(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				serve(c)
			}()
		}
	}()
	return l.Addr().String()
}

// freePort is a port that nobody listens on now.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err := errors.Join(err, l.Close()); err != nil {
		t.Fatal(err)
	}
	return port
}

func TestAddressesAreReadStrictly(t *testing.T) {
	for s, want := range map[string]address{
		"localhost:6379":    {"tcp", "localhost:6379", "localhost"},
		"[::1]:6379":        {"tcp", "[::1]:6379", "::1"},
		"unix:/run/x.sock":  {"unix", "/run/x.sock", ""},
		"db.internal:mysql": {"tcp", "db.internal:mysql", "db.internal"},
	} {
		if s == "db.internal:mysql" {
			if _, err := net.LookupPort("tcp", "mysql"); err != nil {
				continue
			}
		}
		if got, err := parseAddress(s); got != want || err != nil {
			t.Errorf("%q: %v, %v; want %v", s, got, err, want)
		}
	}
	for _, s := range []string{"", "localhost", ":6379", "localhost:", "localhost:99999", "localhost:no-such-port", "unix:", "unix:relative", "::1:6379"} {
		if got, err := parseAddress(s); err == nil {
			t.Errorf("%q was read as %v", s, got)
		}
	}
}

func TestConstructorsRefuseWhatCannotWork(t *testing.T) {
	none := filepath.Join(t.TempDir(), "none.pem")
	notPEM := filepath.Join(t.TempDir(), "not.pem")
	if err := os.WriteFile(notPEM, []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	errOf := func(_ Func, err error) error { return err }
	for text, err := range map[string]error{
		"tcp: address":                          errOf(TCP(TCPOptions{Address: "x"})),
		"redis: address":                        errOf(Redis(RedisOptions{Address: "x", Password: secret})),
		"redis: a user name needs":              errOf(Redis(RedisOptions{Address: "x:1", Username: "u"})),
		"redis: CA: open":                       errOf(Redis(RedisOptions{Address: "x:1", TLS: &TLS{CA: none}})),
		"mysql: no user":                        errOf(MySQL(SQLOptions{Address: "x:1", Password: secret})),
		`mysql: TLS mode "on"`:                  errOf(MySQL(SQLOptions{Address: "x:1", User: "u", TLSMode: "on"})),
		"mysql: CA: open":                       errOf(MySQL(SQLOptions{Address: "x:1", User: "u", TLSMode: TLSVerify, CA: none})),
		"postgres: address":                     errOf(Postgres(SQLOptions{Address: "x", Password: secret})),
		"postgres: CA: " + notPEM:               errOf(Postgres(SQLOptions{Address: "x:1", User: "u", TLSMode: TLSVerify, CA: notPEM})),
		"http: the URL cannot be parsed":        errOf(HTTP(HTTPOptions{URL: "http://user:" + secret + "@x:y"})),
		"http: the URL is neither":              errOf(HTTP(HTTPOptions{URL: "ftp://user:" + secret + "@x"})),
		"http: a certificate's validity needs":  errOf(HTTP(HTTPOptions{URL: "http://x", MinValidity: 1})),
		"http: body: error parsing regexp":      errOf(HTTP(HTTPOptions{URL: "http://x", Body: "("})),
		`http: net/http: invalid method "G ET"`: errOf(HTTP(HTTPOptions{URL: "http://x", Method: "G ET"})),
		`disk: path "x": not absolute`:          errOf(Disk(DiskOptions{Path: "x"})),
		"disk: a percentage":                    errOf(Disk(DiskOptions{Path: t.TempDir(), MinFreePercent: 101})),
		"memory: a percentage":                  errOf(Memory(MemoryOptions{MaxUsedPercent: -1})),
		"exec: no command":                      errOf(Exec(ExecOptions{})),
		`exec: exec: "no-such-program"`:         errOf(Exec(ExecOptions{Command: []string{"no-such-program"}})),
		`unit: "redis" is no name of a unit`:    errOf(Unit(UnitOptions{Name: "redis"})),
		`unit: "../x.service" is no name`:       errOf(Unit(UnitOptions{Name: "../x.service"})),
		"scheduler: a wait cannot be negative":  errOf(Scheduler(SchedulerOptions{MaxWait: -1})),
	} {
		fails(t, text, err, text)
	}
}

func TestTCP(t *testing.T) {
	up := listener(t, func(net.Conn) {})
	passes(t, "listening", ask(t, built(t)(TCP(TCPOptions{Address: up}))))
	fails(t, "nobody", ask(t, built(t)(TCP(TCPOptions{Address: "127.0.0.1:" + freePort(t)}))), "refused")

	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	passes(t, "Unix socket", ask(t, built(t)(TCP(TCPOptions{Address: "unix:" + path}))))
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := ask(t, built(t)(TCP(TCPOptions{Address: "unix:" + path}))); err == nil {
		t.Error("a closed Unix socket passed")
	}
}

func TestSilentServerCostsTheTimeoutAndNoMore(t *testing.T) {
	silent := listener(t, func(c net.Conn) { _, _ = c.Read(make([]byte, 1)); select {} })
	for name, probe := range map[string]Func{
		"http":      built(t)(HTTP(HTTPOptions{URL: "http://" + silent})),
		"https":     built(t)(HTTP(HTTPOptions{URL: "https://" + silent})),
		"redis":     built(t)(Redis(RedisOptions{Address: silent, Password: secret})),
		"redis TLS": built(t)(Redis(RedisOptions{Address: silent, TLS: &TLS{Insecure: true}})),
		"mysql":     built(t)(MySQL(SQLOptions{Address: silent, User: "u", Password: secret})),
		"postgres":  built(t)(Postgres(SQLOptions{Address: silent, User: "u", Password: secret})),
		"plain pg":  built(t)(Postgres(SQLOptions{Address: silent, User: "u", TLSMode: TLSDisable})),
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		begin := time.Now()
		err := probe(ctx)
		cancel()
		fails(t, name, err, "")
		if took := time.Since(begin); took > 20*time.Second { // a driver's own limit is longer
			t.Errorf("%s took %v", name, took)
		}
	}
}

func TestServerThatTalksNonsenseFails(t *testing.T) {
	flood := listener(t, func(c net.Conn) {
		for {
			if _, err := c.Write([]byte(strings.Repeat("x", 64<<10))); err != nil {
				return
			}
		}
	})
	for name, probe := range map[string]Func{
		"http":     built(t)(HTTP(HTTPOptions{URL: "http://" + flood})),
		"https":    built(t)(HTTP(HTTPOptions{URL: "https://" + flood})),
		"redis":    built(t)(Redis(RedisOptions{Address: flood})),
		"mysql":    built(t)(MySQL(SQLOptions{Address: flood, User: "u", Password: secret})),
		"postgres": built(t)(Postgres(SQLOptions{Address: flood, User: "u", Password: secret})),
	} {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		fails(t, name, probe(ctx), "")
		cancel()
	}
}

func TestNoConnectionOutlivesItsRun(t *testing.T) {
	ends := make(chan error, 10)
	noTLS := listener(t, func(c net.Conn) {
		b := make([]byte, 512)
		n, _ := c.Read(b)
		if n == 8 { // SSLRequest: the driver tries "prefer", and gives this connection up
			_, _ = c.Write([]byte("N"))
		}
		_, err := c.Read(b)
		ends <- err
	})
	probe := built(t)(Postgres(SQLOptions{Address: noTLS, User: "u"}))
	debug.SetGCPercent(-1) // whose finalizers would close it, some day
	defer debug.SetGCPercent(100)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	fails(t, "no answer", probe(ctx), "")
	for range 2 {
		select {
		case err := <-ends:
			t.Logf("ended: %v", err)
		case <-time.After(5 * time.Second):
			t.Fatal("a connection is still open after the run")
		}
	}
}

func TestRedactBlanksEverySecret(t *testing.T) {
	err := redact(errors.New("unknown command AUTH, with args beginning with: "+secret+" "+secret), "", secret)
	if want := "unknown command AUTH, with args beginning with: *** ***"; err.Error() != want {
		t.Errorf("%v", err)
	}
	if redact(nil, secret) != nil || !errors.Is(redact(context.Canceled, secret), context.Canceled) {
		t.Error("an error without a secret is not kept")
	}
}

// discard is for servers that complain about what a test does to them.
var discard = log.New(io.Discard, "", 0)
