package gind

import (
	"github.com/prometheus/client_golang/prometheus"
)

// figures are gind's own metrics, read when /metrics is asked.
type figures struct{ app *application }

var (
	configVersion = prometheus.NewDesc("gind_config_version", "Configurations that were in force, this one included.", nil, nil)
	checkRuns     = prometheus.NewDesc("gind_check_runs_total", "Runs of the check.", []string{"check", "kind"}, nil)
	checkFailures = prometheus.NewDesc("gind_check_failures_total", "Failed runs of the check.", []string{"check", "kind"}, nil)
	checkChanges  = prometheus.NewDesc("gind_check_transitions_total", "Times that the verdict on the check changed.", []string{"check", "kind"}, nil)
	crashTotal    = prometheus.NewDesc("gind_crashes_total", "Crashes of the service that were reported, over all its processes.", nil, nil)
	logRecords    = prometheus.NewDesc("gind_log_records_total", "Records logged, by the file they belong to.", []string{"level"}, nil)
	logFate       = prometheus.NewDesc("gind_log_fate_total", "What became of records: sent, spilled (to the mirror, since the journal did not take them), governed (to the mirror alone, by the rate limit), lost.", []string{"fate"}, nil)
)

// register adds gind's own metrics to those of the server.
func (a *application) register() error {
	return a.registry.Register(figures{a})
}

// Describe implements prometheus.Collector.
func (f figures) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{configVersion, checkRuns, checkFailures, checkChanges, crashTotal, logRecords, logFate} {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (f figures) Collect(to chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	counter := func(d *prometheus.Desc, value uint64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(value), labels...)
	}
	gauge(configVersion, float64(f.app.config.version()))
	counter(crashTotal, f.app.crashTotal())
	for _, v := range f.app.checks.Verdicts() {
		counter(checkRuns, v.Runs, v.Name, v.Kind.String())
		counter(checkFailures, v.Failures, v.Name, v.Kind.String())
		counter(checkChanges, v.Changes, v.Name, v.Kind.String())
	}
	log := f.app.journal.Stats()
	for level, n := range log.Records {
		counter(logRecords, n, level)
	}
	counter(logFate, log.Sent, "sent")
	counter(logFate, log.Spilled, "spilled")
	counter(logFate, log.Governed, "governed")
	counter(logFate, log.Lost, "lost")
}
