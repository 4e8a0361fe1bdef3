package report

import (
	"fmt"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gind/gind/internal/health"
	"github.com/gind/gind/internal/journal"
	"github.com/gind/gind/internal/lifecycle"
	"github.com/gind/gind/internal/listener"
	"github.com/gind/gind/internal/server"
	"github.com/gind/gind/status"
)

var since = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// sources of a service that is well, and was never otherwise.
func sources(t *testing.T) Sources {
	t.Helper()
	set, err := listener.Open([]listener.Spec{{Name: "web", Address: "127.0.0.1:0", TLS: true}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = set.Close() })
	return Sources{
		Name: "shop", Version: "1.2", Started: since.Add(-time.Second),
		State:     func() (lifecycle.State, time.Time) { return lifecycle.Ready, since },
		Config:    func() status.Config { return status.Config{Version: 3, Who: "root"} },
		Requests:  func() server.Stats { return server.Stats{Total: 7, InFlight: 2, Rate: 1.6} },
		Listeners: set.Listeners, Overruled: func(*listener.Listener) string { return "" },
		Checks: func(...health.Kind) []health.Verdict {
			return []health.Verdict{{Name: "cache", Kind: health.Live, Err: "refused", Latency: time.Second, Runs: 9, Failures: 4, Changes: 1}}
		},
		Failing: func() string { return "" },
		Crashes: func() *status.Crashes { return nil },
		Starts:  func() *status.Starts { return nil },
		Trial:   func() *status.Trial { return nil },
		Upgrade: func() *status.Upgrade { return nil },
		Program: func() *status.Program { return nil }, Lacks: func() []string { return []string{"a store"} },
		Journal: func() journal.Stats {
			return journal.Stats{Target: "journal", Records: map[string]uint64{"error": 5}, Sent: 11, Lost: 1}
		},
	}
}

func TestTheLineNamesTheChecksThatFail(t *testing.T) {
	from := sources(t)
	if got, want := New(from).Line(), "serving: 2 requests/s, 2 in flight, config 3"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	from.Failing = func() string { return "cache, disk" }
	if got, want := New(from).Line(), "serving: 2 requests/s, 2 in flight, config 3, failing: cache, disk"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestTheStatusHasWhatEverySourceSays(t *testing.T) {
	from := sources(t)
	from.Crashes = func() *status.Crashes { return &status.Crashes{Total: 2, Last: "panic: no"} }
	from.Upgrade = func() *status.Upgrade { return &status.Upgrade{Error: "not ready"} }
	from.Running, from.Trial = "/opt/shop", func() *status.Trial { return &status.Trial{Before: "/usr/bin/shop"} }
	from.Program = func() *status.Program { return &status.Program{Path: "/usr/bin/shop"} }
	r := New(from)
	s := r.Status()
	if len(s.Lacks) != 1 || s.Lacks[0] != "a store" {
		t.Errorf("lacks %q", s.Lacks)
	}
	if s.Running != "/opt/shop" || s.Trial == nil || s.Trial.Before != "/usr/bin/shop" {
		t.Errorf("%s runs, trial %+v", s.Running, s.Trial)
	}
	if s.Upgrade == nil || s.Upgrade.Error != "not ready" || s.Program == nil || s.Program.Path != "/usr/bin/shop" {
		t.Errorf("upgrade %+v, program %+v", s.Upgrade, s.Program)
	}
	if s.Name != "shop" || s.Version != "1.2" || s.State != "ready" || !s.Since.Equal(since) || s.PID == 0 || s.Line != r.Line() {
		t.Errorf("%+v", s)
	}
	if s.Config.Version != 3 || s.Requests != (status.Requests{Total: 7, InFlight: 2, PerSecond: 1.6}) || s.Crashes.Total != 2 {
		t.Errorf("%+v", s)
	}
	address := from.Listeners()[0].Addr().String()
	if len(s.Listeners) != 1 || s.Listeners[0] != (status.Listener{Name: "web", Address: address, TLS: true}) {
		t.Errorf("listeners %+v", s.Listeners)
	}
	if len(s.Checks) != 1 || s.Checks[0] != (status.Check{Name: "cache", Kind: "live", Error: "refused", LatencySeconds: 1}) {
		t.Errorf("checks %+v", s.Checks)
	}
	if s.Journal["target"] != "journal" || s.Journal["sent"] != 11.0 {
		t.Errorf("journal %v", s.Journal)
	}
	if got := r.Addresses(); got != "web="+address {
		t.Errorf("addresses %q", got)
	}
}

// TestMetricsAreThereAlsoWhereThereWasNoCrash and say what the sources say.
func TestMetricsAreThereAlsoWhereThereWasNoCrash(t *testing.T) {
	from := sources(t)
	got := gather(t, New(from))
	for metric, want := range map[string]float64{
		`gind_config_version`:                                     3,
		`gind_crashes_total`:                                      0,
		`gind_check_runs_total{check="cache",kind="live"}`:        9,
		`gind_check_failures_total{check="cache",kind="live"}`:    4,
		`gind_check_transitions_total{check="cache",kind="live"}`: 1,
		`gind_log_records_total{level="error"}`:                   5,
		`gind_log_fate_total{fate="sent"}`:                        11,
		`gind_log_fate_total{fate="lost"}`:                        1,
		`gind_log_fate_total{fate="spilled"}`:                     0,
		`gind_log_fate_total{fate="governed"}`:                    0,
	} {
		if value, there := got[metric]; !there || value != want {
			t.Errorf("%s is %v (there: %v), want %v", metric, value, there, want)
		}
		delete(got, metric)
	}
	if len(got) > 0 {
		t.Errorf("and %v", got)
	}
	from.Crashes = func() *status.Crashes { return &status.Crashes{Total: 2} }
	if n := gather(t, New(from))["gind_crashes_total"]; n != 2 {
		t.Errorf("%v crashes, want 2", n)
	}
}

// gather the values of a collector's metrics, as /metrics names them.
func gather(t *testing.T, c prometheus.Collector) map[string]float64 {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(c)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]float64{}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			name, separator := family.GetName(), "{"
			for _, label := range m.GetLabel() {
				name += fmt.Sprintf("%s%s=%q", separator, label.GetName(), label.GetValue())
				separator = ","
			}
			if separator == "," {
				name += "}"
			}
			values[name] = m.GetGauge().GetValue() + m.GetCounter().GetValue()
		}
	}
	return values
}
