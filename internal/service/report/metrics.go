package report

import (
	"github.com/prometheus/client_golang/prometheus"
)

var _ prometheus.Collector = (*Report)(nil)

var (
	configVersion = prometheus.NewDesc("gind_config_version", "Configurations that were in force, this one included.", nil, nil)
	checkRuns     = prometheus.NewDesc("gind_check_runs_total", "Runs of the check.", []string{"check", "kind"}, nil)
	checkFailures = prometheus.NewDesc("gind_check_failures_total", "Failed runs of the check.", []string{"check", "kind"}, nil)
	checkChanges  = prometheus.NewDesc("gind_check_transitions_total", "Times that the verdict on the check changed.", []string{"check", "kind"}, nil)
	crashTotal    = prometheus.NewDesc("gind_crashes_total", "Crashes of the service that were reported, over all its processes.", nil, nil)
	logRecords    = prometheus.NewDesc("gind_log_records_total", "Records logged, by the file they belong to.", []string{"level"}, nil)
	logFate       = prometheus.NewDesc("gind_log_fate_total", "What became of records: sent, spilled (to the mirror, since the journal did not take them), governed (to the mirror alone, by the rate limit), lost.", []string{"fate"}, nil)
)

// Describe implements prometheus.Collector: gind's own metrics, read when /metrics is
// asked.
func (r *Report) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{configVersion, checkRuns, checkFailures, checkChanges, crashTotal, logRecords, logFate} {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (r *Report) Collect(to chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	counter := func(d *prometheus.Desc, value uint64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(value), labels...)
	}
	gauge(configVersion, float64(r.Config().Version))
	var crashes uint64
	if seen := r.Crashes(); seen != nil {
		crashes = uint64(seen.Total)
	}
	counter(crashTotal, crashes)
	for _, v := range r.Checks() {
		counter(checkRuns, v.Runs, v.Name, v.Kind.String())
		counter(checkFailures, v.Failures, v.Name, v.Kind.String())
		counter(checkChanges, v.Changes, v.Name, v.Kind.String())
	}
	log := r.Journal()
	for level, n := range log.Records {
		counter(logRecords, n, level)
	}
	counter(logFate, log.Sent, "sent")
	counter(logFate, log.Spilled, "spilled")
	counter(logFate, log.Governed, "governed")
	counter(logFate, log.Lost, "lost")
}
