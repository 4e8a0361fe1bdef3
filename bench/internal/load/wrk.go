// Package load makes HTTP requests: as many as a server can answer (wrk), or
// as many as were asked for, on connections that are watched ([Client]).
package load

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// Wrk is what wrk says of one run.
type Wrk struct {
	Requests int           // answered
	Rate     float64       // requests a second
	P50      time.Duration // half of the answers came sooner
	P99      time.Duration // 99 % of the answers came sooner
	Errors   int           // socket errors and answers other than 2xx and 3xx
}

// WrkCommand is the line of shell that runs wrk with its latencies shown.
func WrkCommand(url string, threads, connections int, duration time.Duration) string {
	return fmt.Sprintf("wrk --latency --threads %d --connections %d --duration %ds --timeout 10s %s",
		threads, connections, int(duration.Seconds()), url)
}

var (
	wrkTotal   = regexp.MustCompile(`(?m)^\s+(\d+) requests in`)
	wrkRate    = regexp.MustCompile(`(?m)^Requests/sec:\s+([0-9.]+)\s*$`)
	wrkP50     = regexp.MustCompile(`(?m)^\s+50%\s+(\S+)\s*$`)
	wrkP99     = regexp.MustCompile(`(?m)^\s+99%\s+(\S+)\s*$`)
	wrkSockets = regexp.MustCompile(`(?m)^\s+Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)$`)
	wrkStatus  = regexp.MustCompile(`(?m)^\s+Non-2xx or 3xx responses: (\d+)$`)
)

// ParseWrk reads what wrk printed.
func ParseWrk(output string) (Wrk, error) {
	rate, p50, p99 := wrkRate.FindStringSubmatch(output), wrkP50.FindStringSubmatch(output), wrkP99.FindStringSubmatch(output)
	if rate == nil || p50 == nil || p99 == nil {
		return Wrk{}, fmt.Errorf("load: wrk printed no rate or no latencies:\n%s", output)
	}
	run := Wrk{Requests: sum(wrkTotal.FindStringSubmatch(output))}
	var err error
	if run.Rate, err = strconv.ParseFloat(rate[1], 64); err != nil {
		return Wrk{}, fmt.Errorf("load: wrk's rate: %w", err)
	}
	if run.P50, err = time.ParseDuration(p50[1]); err != nil {
		return Wrk{}, fmt.Errorf("load: wrk's median latency: %w", err)
	}
	if run.P99, err = time.ParseDuration(p99[1]); err != nil {
		return Wrk{}, fmt.Errorf("load: wrk's p99: %w", err)
	}
	run.Errors = sum(wrkSockets.FindStringSubmatch(output)) + sum(wrkStatus.FindStringSubmatch(output))
	return run, nil
}

// sum adds what a pattern of numbers found; nothing found is 0.
func sum(match []string) (total int) {
	for i := 1; i < len(match); i++ {
		n, _ := strconv.Atoi(match[i])
		total += n
	}
	return total
}
