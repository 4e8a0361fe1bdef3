package shop_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// programs are the two mains that serve the shop, and how each is told its address.
var programs = map[string]func(binary, address string) *exec.Cmd{
	"before": func(binary, address string) *exec.Cmd {
		cmd := exec.Command(binary)
		cmd.Env = append(os.Environ(), "SHOP_ADDRESS="+address, "GIN_MODE=release")
		return cmd
	},
	"after": func(binary, address string) *exec.Cmd {
		return exec.Command(binary, "--config", os.DevNull, "--listen", address)
	},
}

// TestTheShopIsTheSameWithAndWithoutGind builds both programs and uses them as
// a client does. Nothing but main differs.
func TestTheShopIsTheSameWithAndWithoutGind(t *testing.T) {
	for name, command := range programs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			binary := build(t, name)
			shop := start(t, command, binary)
			t.Run("products", shop.products)
			t.Run("validation", shop.validation)
			t.Run("orders", shop.orders)
			t.Run("stream", shop.stream)
		})
	}
}

// TestGindEndsStreamsWell: with gind a stream gets its last event when the
// service stops, and the service exits with status 0.
func TestGindEndsStreamsWell(t *testing.T) {
	shop := start(t, programs["after"], build(t, "after"))
	events := shop.events(t)
	shop.signal(t, syscall.SIGTERM)
	expect(t, events, "event:closing")
	if err := shop.wait(); err != nil {
		t.Errorf("exit: %v\n%s", err, shop.log.String())
	}
}

// TestTheShopsOwnSectionIsChecked: a bad value in the section "shop" is told
// with its place, and the exit status is that of a bad config.
func TestTheShopsOwnSectionIsChecked(t *testing.T) {
	binary := build(t, "after")
	file := filepath.Join(t.TempDir(), "shop.yaml")
	if err := os.WriteFile(file, []byte("shop:\n  max_products: -1\n  colour: blue\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	text, err := exec.Command(binary, "check", "--config", file).CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 78 {
		t.Errorf("exit %v, want status 78", err)
	}
	for _, want := range []string{file + ":2:17: shop.max_products:", file + ":3:3: shop.colour:"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%q is not in:\n%s", want, text)
		}
	}
}

type running struct {
	url string
	cmd *exec.Cmd
	log *bytes.Buffer
}

// folder is for the programs that are built.
var folder string

func TestMain(m *testing.M) {
	var err error
	if folder, err = os.MkdirTemp("", "shop-"); err != nil {
		panic(err)
	}
	status := m.Run()
	_ = os.RemoveAll(folder)
	os.Exit(status)
}

var built = map[string]func() error{"before": compiled("before"), "after": compiled("after")}

// compiled builds a program the first time it is asked to.
func compiled(name string) func() error {
	return sync.OnceValue(func() error {
		text, err := exec.Command("go", "build", "-o", filepath.Join(folder, name), "./"+name).CombinedOutput()
		if err != nil {
			return fmt.Errorf("%w\n%s", err, text)
		}
		return nil
	})
}

func build(t *testing.T, name string) string {
	t.Helper()
	if err := built[name](); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(folder, name)
}

func start(t *testing.T, command func(string, string) *exec.Cmd, binary string) *running {
	t.Helper()
	address := freeAddress(t)
	shop := &running{url: "http://" + address, cmd: command(binary, address), log: new(bytes.Buffer)}
	shop.cmd.Stdout, shop.cmd.Stderr = shop.log, shop.log
	if err := shop.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = shop.cmd.Process.Kill(); _ = shop.cmd.Wait() })
	for range 200 {
		if response, err := http.Get(shop.url + "/"); err == nil {
			_ = response.Body.Close()
			return shop
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("the shop does not open:\n%s", shop.log.String())
	return nil
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

func (s *running) signal(t *testing.T, sig os.Signal) {
	t.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
}

func (s *running) wait() error {
	timer := time.AfterFunc(20*time.Second, func() { _ = s.cmd.Process.Kill() })
	defer timer.Stop()
	return s.cmd.Wait()
}

// call sends a request and decodes the answer.
func (s *running) call(t *testing.T, method, path, body string, wantStatus int) map[string]any {
	t.Helper()
	request, err := http.NewRequest(method, s.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, _ := io.ReadAll(response.Body)
	if response.StatusCode != wantStatus {
		t.Errorf("%s %s: status %d, want %d: %s", method, path, response.StatusCode, wantStatus, text)
	}
	var answer map[string]any
	_ = json.Unmarshal(text, &answer)
	return answer
}

func (s *running) add(t *testing.T, name string, stock int) string {
	t.Helper()
	body := fmt.Sprintf(`{"name":%q,"price":250,"stock":%d}`, name, stock)
	product := s.call(t, "POST", "/api/products", body, http.StatusCreated)
	return fmt.Sprintf("/api/products/%v", product["id"])
}

func (s *running) products(t *testing.T) {
	path := s.add(t, "Tea", 3)
	if p := s.call(t, "GET", path, "", http.StatusOK); p["name"] != "Tea" {
		t.Errorf("got %v", p)
	}
	s.call(t, "PUT", path, `{"name":"Green tea","price":300,"stock":2}`, http.StatusOK)
	s.call(t, "PATCH", path+"/stock", `{"stock":9}`, http.StatusOK)
	if p := s.call(t, "GET", path, "", http.StatusOK); p["stock"] != 9.0 || p["name"] != "Green tea" {
		t.Errorf("got %v", p)
	}
	s.call(t, "DELETE", path, "", http.StatusNoContent)
	s.call(t, "GET", path, "", http.StatusNotFound)
}

func (s *running) validation(t *testing.T) {
	for _, body := range []string{``, `{`, `{"name":"x","price":1}`, `{"name":"Tea","price":-1}`, `{"name":"Tea","price":"1"}`} {
		s.call(t, "POST", "/api/products", body, http.StatusUnprocessableEntity)
	}
	s.call(t, "GET", "/api/products/tea", "", http.StatusBadRequest)
}

func (s *running) orders(t *testing.T) {
	path := s.add(t, "Coffee", 2)
	id := strings.TrimPrefix(path, "/api/products/")
	order := s.call(t, "POST", "/api/orders", `{"product":`+id+`,"count":2}`, http.StatusCreated)
	s.call(t, "GET", fmt.Sprintf("/api/orders/%v", order["id"]), "", http.StatusOK)
	s.call(t, "POST", "/api/orders", `{"product":`+id+`,"count":1}`, http.StatusConflict)
}

func (s *running) stream(t *testing.T) {
	events := s.events(t)
	s.add(t, "Cake", 1)
	expect(t, events, "event:product")
}

// events opens the stream and waits for its first event.
func (s *running) events(t *testing.T) *bufio.Scanner {
	t.Helper()
	response, err := http.Get(s.url + "/api/changes")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = response.Body.Close() })
	timer := time.AfterFunc(20*time.Second, func() { _ = response.Body.Close() })
	t.Cleanup(func() { timer.Stop() })
	lines := bufio.NewScanner(response.Body)
	expect(t, lines, "event:hello")
	return lines
}

func expect(t *testing.T, lines *bufio.Scanner, want string) {
	t.Helper()
	for lines.Scan() {
		if lines.Text() == want {
			return
		}
	}
	t.Fatalf("the stream ended without %q: %v", want, lines.Err())
}
