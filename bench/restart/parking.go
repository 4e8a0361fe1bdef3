package restart

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/gind/gind/bench/internal/lab"
	"github.com/gind/gind/bench/internal/load"
	"github.com/gind/gind/internal/journal"
	"github.com/gind/gind/vm-tests/machine"
)

const (
	crowd         = 10_000 // idle connections that are parked
	parkingRounds = 5
)

// measureParking is how long gind took to park a crowd of idle connections,
// from the beginning of the drain; they are then asked whether they are alive.
func measureParking(s *lab.Session, m *machine.Machine) (times []time.Duration) {
	for round := range parkingRounds {
		s.Logf("restart: round %d of %d: parking %d connections", round+1, parkingRounds, crowd)
		times = append(times, parkOnce(s, m))
	}
	return times
}

func parkOnce(s *lab.Session, m *machine.Machine) time.Duration {
	ctx, cancel := context.WithTimeout(context.Background(), runDeadline)
	defer cancel()
	client := load.Client{Dial: m.Dial, Address: "127.0.0.1:8080", Path: path, Connections: crowd, Rate: rate}
	session, err := client.Open(ctx)
	s.Must(err)
	defer session.Close()

	since := m.Run("journalctl --sync; journalctl --lines=0 --show-cursor | sed -n 's/^-- cursor: //p'")
	m.Run("systemctl restart gind")
	// Each is asked once.
	asking, stop := context.WithTimeout(ctx, time.Duration(crowd/rate*float64(time.Second)))
	defer stop()
	if result := session.Run(asking); result.Failed+result.Closed > 0 {
		s.Fatalf("restart: of %d parked connections %d were closed, %d requests failed: %v\n%s", crowd, result.Closed, result.Failed,
			result.Failure, m.Run("journalctl -u gind --no-pager --after-cursor="+machine.Quote(since)+" | grep -v 'GET "+path+"'"))
	}
	begun, parked := event(s, m, since, journal.EventDrainBegun), event(s, m, since, journal.EventParked)
	if parked["CONNECTIONS"] != strconv.Itoa(crowd) {
		s.Fatalf("restart: gind parked %s connections, want %d", parked["CONNECTIONS"], crowd)
	}
	return sentAt(s, parked).Sub(sentAt(s, begun))
}

// event is the one record of a kind that gind logged since then.
func event(s *lab.Session, m *machine.Machine, since string, id journal.ID) machine.Record {
	records := m.Journal("-u", "gind", "--after-cursor="+since, "MESSAGE_ID="+string(id))
	if len(records) != 1 {
		s.Fatalf("restart: %d records with MESSAGE_ID=%s, want one", len(records), id)
	}
	return records[0]
}

// sentAt is when a record was sent, see systemd.journal-fields(7).
func sentAt(s *lab.Session, record machine.Record) time.Time {
	microseconds, err := strconv.ParseInt(record["_SOURCE_REALTIME_TIMESTAMP"], 10, 64)
	if err != nil {
		s.Fatalf("restart: the time of a record: %v", fmt.Errorf("%w in %v", err, record))
	}
	return time.UnixMicro(microseconds)
}
