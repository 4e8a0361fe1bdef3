//go:build linux

package restart

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gind/gind/vm-tests/client"
	"github.com/gind/gind/vm-tests/installed"
	"github.com/gind/gind/vm-tests/machine"
	"github.com/gind/gind/vm-tests/service"
	"github.com/gind/gind/vm-tests/traffic"
)

// Streams that never end, and requests that take long, hold nobody else up in a
// restart: it is served until their time is up, and the freeze does not wait for them.
func TestStreamsHoldNobodyUp(t *testing.T) {
	installed.Testapp(t, nil, func(t *testing.T, m *machine.Machine) {
		service.StartForLoad(m, "drain: {timeout: 4s}")
		alone := slowestInARestart(t, m)
		for range 100 {
			openStream(t, m, "/socket", "Connection: Upgrade", "Upgrade: echo")
		}
		var events []*http.Response
		for range 10 {
			events = append(events, openStream(t, m, "/events", "Accept: text/event-stream"))
		}
		short, long := askLater(m, 2*time.Second), askLater(m, time.Minute)
		process := service.Property(m, "MainPID")
		beside := slowestInARestart(t, m)
		t.Logf("the slowest of the others took %v, and %v beside streams", alone, beside)
		if beside > max(2*alone, 500*time.Millisecond) {
			t.Errorf("others waited %v beside streams, want at most twice the %v without", beside, alone)
		}
		for _, stream := range events {
			if _, err := io.Copy(io.Discard, stream.Body); err != nil {
				t.Errorf("an event stream is torn: %v", err)
			}
		}
		if got := <-short; got != process {
			t.Errorf("a request of 2 s was answered with %q, want by process %s", got, process)
		}
		if got := <-long; got == process {
			t.Error("a request of a minute was answered in a drain of 4 s")
		}
		if log := m.Run("journalctl -u gind -p err -o cat"); !strings.Contains(log, "request cut off") {
			t.Errorf("the log does not tell of requests that were cut off:\n%s", log)
		}
	})
}

// slowestInARestart is how long the slowest of many short requests took.
func slowestInARestart(t *testing.T, m *machine.Machine) time.Duration {
	t.Helper()
	const conns = 20
	load := traffic.Start(t, m, client.Options{Conns: conns, Pause: 20 * time.Millisecond})
	m.Run(service.Restart)
	time.Sleep(500 * time.Millisecond)
	return traffic.Stop(t, load, conns).Slowest[0]
}

// openStream asks for a response that does not end, and waits for its beginning. It is
// given up after a minute.
func openStream(t *testing.T, m *machine.Machine, path string, headers ...string) *http.Response {
	t.Helper()
	conn, err := traffic.Dialer(m)()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: gind\r\n%s\r\n\r\n", path, strings.Join(headers, "\r\n"))
	stream, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || stream.StatusCode != http.StatusSwitchingProtocols && stream.StatusCode != http.StatusOK {
		t.Fatalf("%s: %+v, %v", path, stream, err)
	}
	return stream
}
