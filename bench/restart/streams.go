package restart

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/gind/gind/bench/internal/lab"
	"github.com/gind/gind/bench/internal/load"
	"github.com/gind/gind/bench/internal/report"
	"github.com/gind/gind/bench/internal/sample"
	"github.com/gind/gind/vm-tests/machine"
)

// What is open beside the client's requests while a service is restarted.
const (
	sockets       = 100 // connections that were taken over, as WebSockets are
	eventStreams  = 10
	streamTimeout = 4 * time.Second // how long each service waits for them
	streamRounds  = 5
	streamConns   = 100
)

// slowRequests are in flight when the restart begins.
var slowRequests = []time.Duration{5 * time.Second, 10 * time.Second, 30 * time.Second, time.Minute}

// streamers are restarted with and without streams.
var streamers = []contender{
	{label: "gind, `systemctl restart`", process: "gind", port: 8080, restart: "systemctl restart gind"},
	{label: "gind, `gind upgrade`", process: "gind", port: 8080, restart: "gind upgrade"},
	{label: "net/http, activated socket", process: "nethttp", port: 8101, restart: "systemctl restart bench-nethttp"},
}

// measureStreams compares how long short requests wait in a restart, without and beside
// what does not end.
func measureStreams(s *lab.Session, m *machine.Machine) *report.Table {
	m.Write("/etc/gind/gind.d/streams.yaml", fmt.Sprintf("drain: {timeout: %v}\n", streamTimeout))
	m.Write("/etc/systemd/system/bench-nethttp.service.d/streams.conf", fmt.Sprintf("[Service]\nTimeoutStopSec=%v\n", streamTimeout))
	m.Run("systemctl daemon-reload && gind reload")
	table := report.NewTable("restarted, short requests beside", "nothing", "streams", "slowest of all", "command")
	for _, c := range streamers {
		if !s.Takes(c.label) {
			continue
		}
		var alone, beside, took []time.Duration
		for round := range streamRounds {
			s.Logf("restart: round %d of %d: %s, with streams and without", round+1, streamRounds, c.label)
			slowest, _ := slowestInRestart(s, m, c)
			alone = append(alone, slowest)
			hangUp := openStreams(s, m, c.address())
			slowest, command := slowestInRestart(s, m, c)
			hangUp()
			beside, took = append(beside, slowest), append(took, command)
		}
		table.Add(c.label, sample.Median(alone), sample.Median(beside), worst(beside), report.Duration(sample.Median(took)))
	}
	m.Run("rm /etc/gind/gind.d/streams.yaml && gind reload")
	return table
}

// slowestInRestart is how long the slowest of many short requests took, and the command.
func slowestInRestart(s *lab.Session, m *machine.Machine, c contender) (slowest, command time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), runDeadline)
	defer cancel()
	client := load.Client{Dial: m.Dial, Address: c.address(), Path: path, Connections: streamConns, Rate: rate}
	session, err := client.Open(ctx)
	s.Must(err)
	defer session.Close()
	results := make(chan load.Result)
	running, stop := context.WithCancel(ctx)
	defer stop()
	go func() { results <- session.Run(running) }()

	time.Sleep(calm)
	begun := time.Now()
	m.Run(c.restart)
	command = time.Since(begun)
	time.Sleep(settle)
	stop()
	result := <-results
	if c.process == "gind" && result.Failed+result.Closed > 0 {
		s.Fatalf("restart: %s beside streams: %d requests failed, %d connections were closed: %v", c.label, result.Failed, result.Closed, result.Failure)
	}
	return sample.Quantile(result.Latencies, 1), command
}

// openStreams asks for all that does not end soon, and waits until it has begun.
func openStreams(s *lab.Session, m *machine.Machine, address string) (hangUp func()) {
	var conns []net.Conn
	ask := func(target string, begins bool) {
		conn, err := m.Dial(context.Background(), "tcp", address)
		s.Must(err)
		conns = append(conns, conn)
		_, err = fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: bench\r\n\r\n", target)
		s.Must(err)
		if begins {
			_, err = conn.Read(make([]byte, 1))
			s.Must(err)
		}
	}
	for range sockets {
		ask("/socket", true)
	}
	for range eventStreams {
		ask("/events", true)
	}
	for _, wait := range slowRequests {
		ask("/slow?for="+wait.String(), false)
	}
	return func() {
		for _, conn := range conns {
			_ = conn.Close()
		}
	}
}
