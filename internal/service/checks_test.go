package service

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/gind/gind/internal/config"
	"github.com/gind/gind/internal/health"
	"github.com/gind/gind/internal/service/orders"
)

// accepting listens until the test ends, and takes connections.
func accepting(t *testing.T) string {
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
			_ = c.Close()
		}
	}()
	return l.Addr().String()
}

func readyz(t *testing.T, address string) (status int, text string) {
	t.Helper()
	response, err := http.Get("http://" + address + "/readyz?verbose")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, _ := io.ReadAll(response.Body)
	return response.StatusCode, string(body)
}

func TestChecksOfTheConfigComeAndGoWithAReload(t *testing.T) {
	s := newSite(t, nil)
	address, up, down := freeAddress(t), accepting(t), freeAddress(t)
	const config = "listeners: {http: {address: %q}}\nconfig: {confirm: 0}\nhealth: {checks: {%s}}\n"
	s.write(config, address, `"first": {type: tcp, address: "`+up+`"}`)
	a, _ := s.start()
	if status, text := readyz(t, address); status != http.StatusOK || !strings.Contains(text, "[+]first ok (") {
		t.Fatalf("%d\n%s", status, text)
	}

	s.write(config, address, `first: {type: tcp, address: "`+up+`"}, second: {type: tcp, address: "`+down+`"}`)
	if _, err := a.reloader.Reload(context.Background(), "test"); err != nil {
		t.Fatal(err)
	}
	await(t, "the new check fails", func() bool {
		status, text := readyz(t, address)
		return status == http.StatusServiceUnavailable && strings.Contains(text, "[-]second failed: dial tcp "+down+": connect: connection refused (")
	})
	if status := orders.Describe(a.Status()); !strings.Contains(status, "second (ready) failed: dial tcp ") {
		t.Errorf("status:\n%s", status)
	}

	s.write(config, address, `second: {type: tcp, address: "`+up+`"}`)
	if _, err := a.reloader.Reload(context.Background(), "test"); err != nil {
		t.Fatal(err)
	}
	await(t, "it passes at its new address", func() bool {
		status, text := readyz(t, address)
		return status == http.StatusOK && strings.Contains(text, "[+]second ok (") && !strings.Contains(text, "first")
	})
}

func TestReloadWhoseCheckFailsIsTakenBack(t *testing.T) {
	s := newSite(t, nil)
	address, down := freeAddress(t), freeAddress(t)
	s.write("listeners: {http: {address: %q}}\n", address)
	a, _ := s.start()
	s.write("listeners: {http: {address: %q}}\nhealth: {checks: {cache: {type: redis, address: %q}}}\n", address, down)
	outcome, err := a.reloader.Reload(context.Background(), "test")
	if err != nil {
		t.Fatal(err)
	}
	if err := outcome.Wait(context.Background()); err == nil || !strings.Contains(err.Error(), "check cache fails since then: dial tcp") {
		t.Errorf("the trial ended with %v", err)
	}
	await(t, "the check is gone", func() bool {
		status, text := readyz(t, address)
		return status == http.StatusOK && !strings.Contains(text, "cache")
	})
}

func TestMistakesInChecksHaveTheirPlaces(t *testing.T) {
	s := newSite(t, func(s *Service) error {
		s.AddCheck(health.Check{Name: "own", Probe: func(context.Context) error { return errors.New("down") }})
		return nil
	})
	for text, want := range map[string]string{
		"{a: {type: redis, address: 'x:1', url: 'http://x'}}": `probe.yaml:4:44: health.checks.a.url: type redis has no such key (it is for http)`,
		"{a: {type: redis}}":                                              `probe.yaml:4:6: health.checks.a.address: the value is missing: type redis needs it`,
		"{a: {address: 'x:1'}}":                                           `probe.yaml:4:6: health.checks.a: the type is missing (write type: http, tcp,`,
		"{a: {type: rediss}}":                                             `probe.yaml:4:16: health.checks.a.type: "rediss" is not one of http, tcp, redis, mysql, postgres, disk, memory, unit, exec, scheduler (did you mean redis?)`,
		"{a: {type: tcp, address: 'x:1', intervall: 1s}}":                 `unknown key (did you mean interval?)`,
		"{a: {type: tcp, address: 'x:1', interval: 5ms}}":                 `probe.yaml:4:47: health.checks.a.interval: 5ms is below the minimum 100ms`,
		"{a: {type: http, url: 'http://u:p@x/'}}":                         `health.checks.a.url: a password in a URL`,
		"{a: {type: http, url: 'http://x/', body: '('}}":                  `health.checks.a.body: error parsing regexp`,
		"{a: {type: unit, unit: redis}}":                                  `health.checks.a.type: unit: "redis" is no name of a unit`,
		"{a: {type: exec, command: [/none]}}":                             `health.checks.a.type: exec: `,
		"{a: {type: postgres, address: 'x:1', user: u, tls: verify}}":     `health.checks.a.tls: "verify" is not one of disable, prefer, require, verify-full`,
		"{a: {type: mysql, address: 'x:1', user: u, password: 'file:x'}}": `health.checks.a.password: "file:x": the path of a secret is absolute`,
		"{log: {type: tcp, address: 'x:1'}}":                              `health.checks.log: gind has a check of that name itself`,
		"{own: {type: tcp, address: 'x:1'}}":                              `health.checks.own: the application has a check of that name itself`,
		"{a.b: {type: tcp, address: 'x:1'}}":                              `health.checks: "a.b" is not a name`,
	} {
		s.write("health:\n  checks:\n    %s\n", text)
		_, err := s.assemble()
		var mistake *config.Mistake
		if err == nil || !strings.Contains(err.Error(), want) || !errors.As(err, &mistake) {
			t.Errorf("%s: %v\nwant %s", text, err, want)
		}
	}
}

// TestProbesHearOfTheDrainWhileEverythingIsServed: a load balancer learns of it in time.
func TestProbesHearOfTheDrainWhileEverythingIsServed(t *testing.T) {
	s := newSite(t, nil)
	address := freeAddress(t)
	s.write("listeners: {http: {address: %q}}\ndrain: {delay: 1s}\n", address)
	_, stop := s.start()
	if status, text := readyz(t, address); status != http.StatusOK {
		t.Fatalf("%d before the drain\n%s", status, text)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		stop()
	}()
	await(t, "readyz says no", func() bool {
		status, text := readyz(t, address)
		return status == http.StatusServiceUnavailable && strings.Contains(text, "[-]shutdown failed: the service is shutting down")
	})
	if !answers(address) {
		t.Error("livez says no, too")
	}
	<-ended
}
