package shop_test

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// TestTheRateLimitChangesUnderLoad: the section "shop" is edited while clients
// ask as fast as they can. Each is served or told to wait, whatever happens.
func TestTheRateLimitChangesUnderLoad(t *testing.T) {
	file := filepath.Join(t.TempDir(), "shop.yaml")
	limit := func(rate int) {
		writeFile(t, file, fmt.Sprintf("log: {access: false}\nshop: {requests_per_second: %d}\n", rate))
	}
	limit(5)
	shop := start(t, func(binary, address string) *exec.Cmd {
		return exec.Command(binary, "--config", file, "--listen", address)
	}, build(t, "after"))
	load := startLoad(shop.url + "/api/products")
	defer load.stop(t)

	load.await(t, "some are told to wait", func(served, refused int64) bool { return refused > 20 })
	if served := load.served.Load(); served > 200 {
		t.Errorf("%d were served at 5 a second", served)
	}
	for range 3 {
		limit(0)
		shop.signal(t, syscall.SIGHUP)
		load.await(t, "all are served", func(served, refused int64) bool { return served > 100 && refused == 0 })
		limit(5)
		shop.signal(t, syscall.SIGHUP)
		load.await(t, "some are told to wait again", func(served, refused int64) bool { return refused > 20 })
	}
	limit(-1)
	shop.signal(t, syscall.SIGHUP)
	time.Sleep(500 * time.Millisecond) // it is refused meanwhile
	load.await(t, "a bad limit changes nothing", func(_, refused int64) bool { return refused > 20 })
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// load is clients that ask for one URL until they are stopped.
type load struct {
	served, refused atomic.Int64
	failure         atomic.Pointer[string]
	stopped         atomic.Bool
	clients         sync.WaitGroup
}

func startLoad(url string) *load {
	l := &load{}
	for range 4 {
		l.clients.Go(func() {
			client := &http.Client{Transport: &http.Transport{}, Timeout: 10 * time.Second}
			for !l.stopped.Load() {
				l.ask(client, url)
				time.Sleep(time.Millisecond)
			}
		})
	}
	return l
}

func (l *load) ask(client *http.Client, url string) {
	response, err := client.Get(url)
	if err != nil {
		l.fail(err.Error())
		return
	}
	_ = response.Body.Close()
	switch response.StatusCode {
	case http.StatusOK:
		l.served.Add(1)
	case http.StatusTooManyRequests:
		l.refused.Add(1)
	default:
		l.fail(response.Status)
	}
}

func (l *load) fail(text string) { l.failure.CompareAndSwap(nil, &text) }

// await a state of affairs in what is counted anew every 300 ms.
func (l *load) await(t *testing.T, what string, done func(served, refused int64) bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); {
		l.served.Store(0)
		l.refused.Store(0)
		time.Sleep(300 * time.Millisecond)
		if done(l.served.Load(), l.refused.Load()) {
			return
		}
	}
	t.Fatal("in vain: ", what)
}

func (l *load) stop(t *testing.T) {
	l.stopped.Store(true)
	l.clients.Wait()
	if failure := l.failure.Load(); failure != nil {
		t.Errorf("a request failed: %s", *failure)
	}
}
