package service

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gind/gind/internal/config"
	"github.com/gind/gind/internal/config/schema"
	"github.com/gind/gind/internal/health"
	"github.com/gind/gind/internal/service/orders"
)

func TestReloadAddsMovesAndRemovesListeners(t *testing.T) {
	s := newSite(t, nil)
	a1, a2, b := freeAddress(t), freeAddress(t), freeAddress(t)
	s.write("listeners: {a: {address: %q}}\n", a1)
	app, _ := s.start()
	kept := connect(t, a1)
	kept.get(t)

	for _, step := range []struct {
		listeners    string
		open, closed []string
	}{
		{fmt.Sprintf("{a: {address: %q}, b: {address: %q}}", a1, b), []string{a1, b}, nil},
		{fmt.Sprintf("{a: {address: %q}, b: {address: %q}}", a2, b), []string{a2, b}, []string{a1}},
		{fmt.Sprintf("{b: {address: %q}}", b), []string{b}, []string{a1, a2}},
	} {
		s.write("listeners: %s\n", step.listeners)
		if _, err := app.reloader.Reload(t.Context(), "test"); err != nil {
			t.Fatal(err)
		}
		for _, address := range step.open {
			if !answers(address) {
				t.Errorf("%s: nobody answers on %s", step.listeners, address)
			}
		}
		for _, address := range step.closed {
			await(t, "nobody answers on "+address, func() bool { return !answers(address) })
		}
		kept.get(t)
	}
}

func TestListenerThatCantBeBoundRefusesTheReload(t *testing.T) {
	s := newSite(t, nil)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	a, b := freeAddress(t), freeAddress(t)
	s.write("listeners: {a: {address: %q}}\n", a)
	app, _ := s.start()

	s.write("listeners: {a: {address: %q}, b: {address: %q}, c: {address: %q}}\ncors: {allow_origins: [https://a.example]}\n", a, b, taken.Addr())
	_, err = app.reloader.Reload(t.Context(), "test")
	if err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("reload: %v", err)
	}
	if !answers(a) || answers(b) || app.config.Current().Version != 1 || len(app.keys().CORS.AllowOrigins) != 0 {
		t.Error("a refused reload changed something")
	}
	if l, err := net.Listen("tcp", b); err != nil {
		t.Error("the listener that was bound was not let go of: ", err)
	} else {
		l.Close()
	}
}

// writeCertificate makes a certificate with a serial number of its own.
func writeCertificate(t *testing.T, dir string, serial int64) {
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
	for name, block := range map[string]*pem.Block{
		"server.key": {Type: "PRIVATE KEY", Bytes: private},
		"server.crt": {Type: "CERTIFICATE", Bytes: certificate},
	} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestCertificateThatIsReplacedOnDiskIsServed(t *testing.T) {
	s := newSite(t, nil)
	address := freeAddress(t)
	writeCertificate(t, s.dir, 1)
	s.write("config: {watch: true}\nlisteners: {a: {address: %q, certificate: %[2]s/server.crt, key: %[2]s/server.key}}\n", address, s.dir)
	s.start()
	dial := func() *tls.Conn {
		conn, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		return conn
	}
	serial := func(conn *tls.Conn) int64 { return conn.ConnectionState().PeerCertificates[0].SerialNumber.Int64() }
	before := dial()
	kept := &persistent{before, bufio.NewReader(before)}
	kept.get(t)

	await(t, "a new certificate is served", func() bool {
		// Again, if the service had not begun to watch before.
		writeCertificate(t, s.dir, 2)
		time.Sleep(500 * time.Millisecond)
		return serial(dial()) == 2
	})
	kept.get(t)
	if serial(before) != 1 {
		t.Error("this is not the certificate from before")
	}
}

// TestWhatNeedsARestartIsTakenByAReload, which says so; what else has changed is in
// force.
func TestWhatNeedsARestartIsTakenByAReload(t *testing.T) {
	s := newSite(t, nil)
	address := freeAddress(t)
	listen := fmt.Sprintf("listeners: {a: {address: %q}}\n", address)
	s.write("%s", listen)
	app, _ := s.start()
	texts := map[string]string{"environment": "staging", "server.trusted_proxies": "[10.0.0.0/8]", "control.socket": s.dir + "/other.sock"}
	var restart func(keys []schema.Key)
	tried := 0
	restart = func(keys []schema.Key) {
		for _, key := range keys {
			if key.Type == schema.Group {
				restart(key.Keys)
				continue
			}
			if key.Live {
				continue
			}
			text := texts[key.Path]
			if key.Type == schema.Duration {
				text = "7s"
			}
			if text == "" {
				t.Errorf("%s: the test does not know a value", key.Path)
			}
			group, name, _ := strings.Cut(key.Path, ".")
			set := fmt.Sprintf("%s: {%s: %s}\n", group, name, text)
			if name == "" {
				set = fmt.Sprintf("%s: %s\n", group, text)
			}
			tried++
			s.write("%s%scors: {max_age: %dm}\n", listen, set, tried)
			outcome, err := app.reloader.Reload(t.Context(), "test")
			if err != nil || !slices.Equal(outcome.NeedRestart, []string{key.Path}) && len(outcome.NeedRestart) != 2 {
				t.Errorf("%s: %+v, %v", key.Path, outcome, err)
			}
			if got := app.keys().CORS.MaxAge; got != time.Duration(tried)*time.Minute {
				t.Errorf("%s: with it %v was not put in force", key.Path, got)
			}
		}
	}
	restart(app.Config().Schema().Keys())
	if tried < 5 {
		t.Errorf("only %d keys were tried", tried)
	}
}

// TestTLSIsTurnedOnAndOffByARestart: a reload takes it and says so, and what else it
// changes is in force; the listener goes on as it is.
func TestTLSIsTurnedOnAndOffByARestart(t *testing.T) {
	s := newSite(t, nil)
	a, b, moved := freeAddress(t), freeAddress(t), freeAddress(t)
	writeCertificate(t, s.dir, 1)
	pair := fmt.Sprintf("certificate: %[1]s/server.crt, key: %[1]s/server.key", s.dir)
	s.write("listeners: {a: {address: %q}, b: {address: %q, %s}}\n", a, b, pair)
	app, stop := s.start()
	speaksTLS := func(address string) bool {
		conn, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true})
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	}
	reload := func(format string, args ...any) *config.Outcome {
		t.Helper()
		s.write(format, args...)
		outcome, err := app.reloader.Reload(t.Context(), "test")
		if err != nil {
			t.Fatal(err)
		}
		return outcome
	}
	for range 2 { // the second time, another key
		outcome := reload("listeners: {a: {address: %q, %s}, b: {address: %q}}\n", a, pair, b)
		if len(outcome.NeedRestart) != len(outcome.Changes) || len(outcome.Changes) != 4 {
			t.Errorf("the changes are %+v", outcome.Changes)
		}
		if !answers(a) || !speaksTLS(b) || speaksTLS(a) {
			t.Error("the listeners are not what they were")
		}
		reload("listeners: {a: {address: %q, %s}, b: {address: %q}}\ncors: {max_age: 1m}\n", a, pair, b)
		if !answers(a) || !speaksTLS(b) {
			t.Error("a later reload has changed the listeners")
		}
		reload("listeners: {a: {address: %q}, b: {address: %q, %s}}\n", a, b, pair)
		if !answers(a) || !speaksTLS(b) {
			t.Error("back again, the listeners are not what they were")
		}
	}
	outcome := reload("listeners: {a: {address: %q, %s}, b: {address: %q}}\n", moved, pair, b)
	if !slices.Equal(outcome.NeedRestart, []string{"listeners.b.certificate", "listeners.b.key"}) || !speaksTLS(moved) {
		t.Errorf("one that moves is bound anew: %+v", outcome)
	}
	stop()
	s.start()
	if !speaksTLS(moved) || !answers(b) {
		t.Error("after the restart the listeners are not what the config says")
	}
}

func TestReloadThatMakesAReadyCheckFailIsTakenBack(t *testing.T) {
	type backend struct {
		Address string `yaml:"address" default:"good"`
	}
	s := newSite(t, func(s *Service) error {
		view, err := section[backend](s, "backend")
		if err != nil {
			return err
		}
		s.AddCheck(health.Check{Name: "backend", Interval: time.Hour, Probe: func(context.Context) error {
			if view.Load().Address == "bad" {
				return errors.New("nobody is there")
			}
			return nil
		}})
		return nil
	})
	listen := fmt.Sprintf("config: {confirm: 5s}\nlisteners: {a: {address: %q}}\n", freeAddress(t))
	s.write("%s", listen)
	app, stop := s.start()

	s.write("%sbackend: {address: bad}\n", listen)
	if _, err := app.reloader.Reload(t.Context(), "test"); err != nil {
		t.Fatal(err)
	}
	await(t, "the reload is taken back", func() bool { return app.config.Current().Pinned == 1 })
	await(t, "the check passes again", func() bool { return len(app.checks.Failing()) == 0 || app.config.Current().Version == 3 })
	if outcome, err := app.reloader.Reload(t.Context(), "test"); err != nil || len(outcome.Changes) > 0 {
		t.Errorf("a reload of the same file: %+v, %v", outcome, err)
	}

	stop()
	app, stop = s.start()
	if app.config.Current().Pinned != 1 {
		t.Error("the restart has forgotten that the config was taken back")
	}
	if status := orders.Describe(app.Status()); !strings.Contains(status, "held in force by a rollback") {
		t.Errorf("the status does not say so:\n%s", status)
	}
	stop()

	s.write("%sbackend: {address: better}\n", listen)
	app, _ = s.start()
	if app.config.Current().Pinned != 0 {
		t.Error("the files have changed, and the rollback still counts")
	}
}

func TestStartUsesTheLastGoodConfigIfItMay(t *testing.T) {
	for _, allowed := range []bool{true, false} {
		t.Run(fmt.Sprint(allowed), func(t *testing.T) {
			s := newSite(t, nil)
			address := freeAddress(t)
			s.write("config: {fallback_to_last_good: %v}\nlisteners: {a: {address: %q}}\n", allowed, address)
			_, stop := s.start()
			stop()

			s.write("listeners: {a: {addr: %q}}\nserver: {read_timeout: 5}\n", address)
			if !allowed {
				_, err := s.assemble()
				if !isConfigError(err) || len(config.Mistakes(err)) != 2 {
					t.Errorf("the start with a bad config: %v", err)
				}
				return
			}
			app, _ := s.start()
			if !answers(address) {
				t.Error("nobody answers")
			}
			if status := orders.Describe(app.Status()); !strings.Contains(status, "a.addr:") {
				t.Errorf("the status does not say that the files are bad:\n%s", status)
			}
		})
	}
}

// TestTheBadConfigSaysThatTheLastGoodOneMayNotBeUsed in whatever way it is bad, and so
// does a variable.
func TestTheBadConfigSaysThatTheLastGoodOneMayNotBeUsed(t *testing.T) {
	s := newSite(t, nil)
	listeners := fmt.Sprintf("listeners: {a: {address: %q}}\n", freeAddress(t))
	s.write("%s", listeners)
	_, stop := s.start()
	stop()
	for _, bad := range []string{
		"config: {fallback_to_last_good: false}\nserver: {read_timeout: 5}\n",
		"config: {fallback_to_last_good: false}\nserver: {read_timeout: 5s\n",
		"server:\n\tread_timeout: 5s\nconfig:\n  fallback_to_last_good: false\n",
	} {
		s.write("%s%s", listeners, bad)
		if _, err := s.assemble(); !isConfigError(err) {
			t.Errorf("%s\nit was started with the last good config: %v", bad, err)
		}
	}
	s.write("%sserver: {read_timeout: 5}\n", listeners)
	t.Run("variable", func(t *testing.T) {
		t.Setenv("PROBE_CONFIG_FALLBACK_TO_LAST_GOOD", "false")
		if _, err := s.assemble(); !isConfigError(err) {
			t.Errorf("against a variable it was started with the last good config: %v", err)
		}
	})
	s.start()
}

func TestMistakesInGindsKeysAndInSectionsAreToldTogether(t *testing.T) {
	type shop struct {
		Limit int `yaml:"limit" default:"3" validate:"max=9"`
	}
	s := newSite(t, func(s *Service) error {
		_, err := section[shop](s, "shop")
		return err
	})
	s.write("server: {read_timeout: 5}\nstatic: {root: /nowhere}\nshop: {limit: 10}\nspop: {limit: 1}\n")
	_, err := s.assemble()
	if !isConfigError(err) || len(config.Mistakes(err)) != 4 {
		t.Errorf("got %v", err)
	}
}

func TestViewChangesAreAnnouncedAndMayBeRefused(t *testing.T) {
	type shop struct {
		Limit int `yaml:"limit" default:"1"`
	}
	var view *config.Live[shop]
	var inForce atomic.Int64
	s := newSite(t, func(s *Service) (err error) {
		view, err = section[shop](s, "shop")
		view.OnChange("shop", func(_ context.Context, old, new *shop) (func(), error) {
			if new.Limit > 5 {
				return nil, fmt.Errorf("%d is more than this machine can do", new.Limit)
			}
			return func() { inForce.Store(int64(new.Limit)) }, nil
		})
		return err
	})
	listen := fmt.Sprintf("listeners: {a: {address: %q}}\n", freeAddress(t))
	s.write("%s", listen)
	app, _ := s.start()

	s.write("%sshop: {limit: 2}\n", listen)
	if _, err := app.reloader.Reload(t.Context(), "test"); err != nil || view.Load().Limit != 2 || inForce.Load() != 2 {
		t.Errorf("limit %d, told of %d, %v", view.Load().Limit, inForce.Load(), err)
	}
	s.write("%sshop: {limit: 6}\n", listen)
	_, err := app.reloader.Reload(t.Context(), "test")
	if err == nil || !strings.Contains(err.Error(), "more than this machine can do") || view.Load().Limit != 2 || inForce.Load() != 2 {
		t.Errorf("limit %d, told of %d, %v", view.Load().Limit, inForce.Load(), err)
	}
}

func TestStormOfReloadsIsFew(t *testing.T) {
	var reloads atomic.Int64
	s := newSite(t, func(s *Service) error {
		s.OnReload(func(context.Context) error {
			reloads.Add(1)
			time.Sleep(20 * time.Millisecond)
			return nil
		})
		return nil
	})
	s.write("listeners: {a: {address: %q}}\n", freeAddress(t))
	app, _ := s.start()
	var callers sync.WaitGroup
	for range 1000 {
		callers.Go(func() {
			if _, err := app.reloader.Reload(context.Background(), "storm"); err != nil {
				t.Error(err)
			}
		})
	}
	callers.Wait()
	if n := reloads.Load(); n < 1 || n > 100 {
		t.Errorf("1000 calls were %d reloads", n)
	}
}
