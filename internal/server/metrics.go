package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/gind/gind/internal/health"
)

// Names of routes for requests that have none. A real one has a slash.
const (
	routeStatic = "static"
	routeNone   = "none"
	routeOther  = "other"
)

// maxSeries bounds the label combinations of the request histogram; what comes
// after them is counted under the route "other".
const maxSeries = 2000

// seriesKey is one combination of labels. Routes come from the program, never
// from the request, and methods are folded, so that their number is bounded.
type seriesKey struct {
	method, route string
	status        int
}

type metrics struct {
	registry *prometheus.Registry
	log      *slog.Logger
	requests *prometheus.HistogramVec

	mu     sync.Mutex // for adding a series
	series atomic.Pointer[map[seriesKey]prometheus.Observer]
}

func newMetrics(s *Server) (*metrics, error) {
	m := &metrics{
		registry: s.options.Registry,
		log:      s.log,
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "http_request_duration_seconds",
			Help:    "Time from a request's header to the end of its handler, by route template.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
		}, []string{"method", "route", "code"}),
	}
	m.series.Store(&map[seriesKey]prometheus.Observer{})
	for _, c := range []prometheus.Collector{
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	} {
		var already prometheus.AlreadyRegisteredError
		if err := m.registry.Register(c); err != nil && !errors.As(err, &already) {
			return nil, err
		}
	}
	if err := m.registry.Register(m.requests); err != nil {
		return nil, err
	}
	return m, m.registry.Register(&figures{server: s})
}

// observe measures a finished request.
func (m *metrics) observe(x *exchange, took time.Duration) {
	key := seriesKey{method: foldMethod(x.method), route: x.route, status: x.status}
	if key.route == "" {
		key.route = routeNone
	}
	if key.status < 100 || key.status > 599 {
		key.status = 0
	}
	observer := (*m.series.Load())[key]
	if observer == nil {
		observer = m.addSeries(key)
	}
	observer.Observe(took.Seconds())
}

// addSeries copies the map, so that readers need no lock.
func (m *metrics) addSeries(key seriesKey) prometheus.Observer {
	m.mu.Lock()
	defer m.mu.Unlock()
	known := *m.series.Load()
	if o := known[key]; o != nil {
		return o
	}
	if len(known) >= maxSeries {
		return m.requests.WithLabelValues(key.method, routeOther, statusLabel(key.status))
	}
	o := m.requests.WithLabelValues(key.method, key.route, statusLabel(key.status))
	next := maps.Clone(known)
	next[key] = o
	m.series.Store(&next)
	return o
}

func statusLabel(status int) string {
	if status == 0 {
		return "none"
	}
	return strconv.Itoa(status)
}

func foldMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch,
		http.MethodDelete, http.MethodOptions, http.MethodConnect, http.MethodTrace:
		return method
	}
	return "other"
}

// Println implements promhttp.Logger.
func (m *metrics) Println(v ...any) {
	m.log.LogAttrs(context.Background(), slog.LevelWarn, "metrics: "+fmt.Sprint(v...))
}

// figures tells Prometheus what the Server counts anyway.
type figures struct{ server *Server }

var (
	descInFlight    = desc("http_requests_in_flight", "Requests being served now.")
	descResponses   = desc("http_responses_total", "Finished requests, by class of their status; none: cut off, 4xx: also clients that went away.", "class")
	descBytes       = desc("http_response_body_bytes_total", "Bytes of response bodies.")
	descConnections = desc("http_connections", "Open connections, by state.", "state")
	descDraining    = desc("gind_draining", "1 once the drain has started.")
	descCheckUp     = desc("gind_check_up", "1 if the health check passes.", "check", "kind")
	descCheckTook   = desc("gind_check_latency_seconds", "Time the last run of the health check took.", "check", "kind")
	descBuild       = desc("gind_build_info", "Always 1; the labels identify the program.", "name", "version", "commit", "goversion")
)

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

// Describe implements prometheus.Collector.
func (f *figures) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		descInFlight, descResponses, descBytes, descConnections,
		descDraining, descCheckUp, descCheckTook, descBuild,
	} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (f *figures) Collect(ch chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	counter := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, v, labels...)
	}
	st := f.server.Stats()
	gauge(descInFlight, float64(st.InFlight))
	counter(descBytes, float64(st.Bytes))
	for i, class := range []string{"none", "1xx", "2xx", "3xx", "4xx", "5xx"} {
		counter(descResponses, float64(st.Classes[i]), class)
	}
	gauge(descConnections, float64(st.ActiveConnections), "active")
	gauge(descConnections, float64(st.Connections-st.ActiveConnections), "idle")
	gauge(descDraining, number(f.server.draining.Err() != nil))
	for _, kind := range []health.Kind{health.Live, health.Ready, health.Advisory} {
		seen := map[string]bool{}
		for _, v := range f.server.options.Checks(kind) {
			if seen[v.Name] {
				continue // the same series twice would spoil the whole answer
			}
			seen[v.Name] = true
			gauge(descCheckUp, number(v.OK), v.Name, kind.String())
			gauge(descCheckTook, v.Latency.Seconds(), v.Name, kind.String())
		}
	}
	v := f.server.options.Version
	gauge(descBuild, 1, v.Name, v.Version, v.Commit, runtime.Version())
}

func number(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
