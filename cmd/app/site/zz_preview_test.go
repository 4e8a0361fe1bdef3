package site

import (
	"math"
	"net"
	"os"
	"testing"
	"time"

	"github.com/gind/gind"
	"github.com/gind/gind/internal/control"
	"github.com/gind/gind/internal/server"
)

func TestZZPreview(t *testing.T) {
	if os.Getenv("PREVIEW") == "" {
		t.Skip()
	}
	start := time.Now().Add(-76 * time.Hour)
	mk := func(state string, checks []control.CheckStatus) func() gind.Status {
		n := 0
		return func() gind.Status {
			s := gind.Status{Name: "gind", Version: "0.1.0", State: state, Started: start, Checks: checks}
			n++
			x := float64(n)
			s.Requests.PerSecond = 1284 + 300*math.Sin(x/9) + 140*math.Sin(x/2.3)
			s.Requests.Total = 48_291_377
			s.Requests.InFlight = 12
			s.Config.Version = 3
			return s
		}
	}
	ok := []control.CheckStatus{
		{Name: "database", Kind: "ready", OK: true, LatencySeconds: .0034, Since: start},
		{Name: "redis", Kind: "ready", OK: true, LatencySeconds: .0004, Since: start.Add(70 * time.Hour)},
		{Name: "disk", Kind: "live", OK: true, LatencySeconds: .0001, Since: start},
	}
	bad := append([]control.CheckStatus{}, ok...)
	bad[1] = control.CheckStatus{Name: "redis", Kind: "ready", Error: "dial tcp 10.0.0.7:6379: connect: connection refused", LatencySeconds: 1.2, Since: time.Now().Add(-44 * time.Second)}
	for addr, f := range map[string]func() gind.Status{
		"127.0.0.1:9101": mk("ready", ok), "127.0.0.1:9102": mk("ready", bad), "127.0.0.1:9103": mk("draining", nil), "127.0.0.1:9104": mk("ready", nil),
	} {
		s, err := server.New(server.Options{Fallback: Files(f)})
		if err != nil {
			t.Fatal(err)
		}
		l, err := net.Listen("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		go s.Serve("http", l, nil)
	}
	time.Sleep(20 * time.Minute)
}
