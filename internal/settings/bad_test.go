package settings_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"flag"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gind/gind/internal/config"
	"github.com/gind/gind/internal/settings"
)

var update = flag.Bool("update", false, "write what is got to testdata")

// TestBadFilesAreExplained holds what bad files get, with gind's own keys and
// checks, against the texts beside them. A person has read them: read them again
// after -update. In files and texts, $DIR is a folder with a certificate.
func TestBadFilesAreExplained(t *testing.T) {
	dir := t.TempDir()
	writePair(t, dir, "server")
	writePair(t, dir, "other")
	write(t, filepath.Join(dir, "text"), "this is a text\n")
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil || len(files) < 25 {
		t.Fatal("too few bad files: ", len(files), err)
	}
	for _, path := range files {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".yaml"), func(t *testing.T) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(dir, "gind.yaml")
			write(t, file, strings.ReplaceAll(string(text), "$DIR", dir))
			_, err = load(file)
			if err == nil {
				t.Fatal("it was taken")
			}
			got := strings.ReplaceAll(config.Explain(err), dir, "$DIR")
			golden := strings.TrimSuffix(path, ".yaml") + ".want"
			if *update {
				write(t, golden, got)
			}
			if want, _ := os.ReadFile(golden); got != string(want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			for _, m := range config.Mistakes(err) {
				if m.Line == 0 {
					t.Errorf("no place: %v", m)
				}
			}
		})
	}
}

// TestGoodFilesAreTaken: what looks like the bad ones and is right.
func TestGoodFilesAreTaken(t *testing.T) {
	dir := t.TempDir()
	writePair(t, dir, "server")
	write(t, filepath.Join(dir, "gind.prod.yaml"), "{}\n")
	for _, text := range []string{
		"environment: staging",
		"environment: prod", // has an overlay
		"listeners: {a: {address: ':8080'}, b: {address: ':8081'}}",
		"listeners: {a: {address: ':0'}, b: {address: ':0'}}",
		"listeners: {a: {address: '0.0.0.0:80'}, b: {address: '[::1]:80'}}",
		"listeners: {a: {address: '127.0.0.1:80'}, b: {address: '127.0.0.2:80'}}",
		"listeners: {a: {address: 'a.example:80'}, b: {address: 'b.example:80'}}",
		"listeners: {a: {address: ':443', certificate: $DIR/server.crt, key: $DIR/server.key}}",
		"server: {read_timeout: 5s}",     // less than the default of read_header_timeout
		"server: {handler_timeout: 24h}", // more than the default of write_timeout
		"{environment: test, cors: {allow_origins: ['*']}}",
		"cors: {allow_origins: ['https://a.example:8443', 'http://a.example:443', 'http://localhost', 'http://127.0.0.1:3000']}",
		"cors: {allow_origins: ['https://xn--bcher-kva.example', 'https://[::1]', 'https://a.example.', 'chrome-extension://abcdef']}",
		"server: {trusted_proxies: [unix, 10.0.0.0/8, 192.0.2.1, '::1', 'fe80::/10', '::ffff:192.0.2.0/120']}",
	} {
		file := filepath.Join(dir, "gind.yaml")
		write(t, file, strings.ReplaceAll(text, "$DIR", dir)+"\n")
		if _, err := load(file); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestAFolderThatCannotBeOpenedIsRefused: it is there, and a start fails at it.
func TestAFolderThatCannotBeOpenedIsRefused(t *testing.T) {
	root := filepath.Join(t.TempDir(), "www")
	if err := os.Mkdir(root, 0o000); err != nil {
		t.Fatal(err)
	}
	if opened, err := os.OpenRoot(root); err == nil {
		_ = opened.Close()
		t.Skip("this user may open every folder")
	}
	file := filepath.Join(t.TempDir(), "gind.yaml")
	write(t, file, "static: {root: "+root+"}\n")
	if _, err := load(file); err == nil || !strings.Contains(config.Explain(err), "permission denied") {
		t.Errorf("got %v, want that the permission is denied", err)
	}
}

func load(file string) (*config.Snapshot, error) {
	schema := config.NewSchema(settings.Default())
	schema.Close()
	loader := &config.Loader{
		Schema:  schema,
		Sources: []config.Source{config.File{Path: file}, config.Overlay{File: file, Key: "environment"}},
		Checks:  []func(*config.Snapshot) []*config.Mistake{settings.Check},
	}
	return loader.Load(context.Background())
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// writePair writes NAME.crt and NAME.key.
func writePair(t *testing.T, dir, name string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, name+".crt"), string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate})))
	write(t, filepath.Join(dir, name+".key"), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})))
}
