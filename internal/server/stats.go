package server

import (
	"cmp"
	"slices"
	"time"
)

// Stats is what a Server has done so far and is doing now.
type Stats struct {
	// Total is the number of requests that are done.
	Total uint64 `json:"total"`
	// InFlight is the number of requests that are not.
	InFlight int `json:"in_flight"`
	// Rate is the number of requests per second, over the last five seconds.
	Rate float64 `json:"rate"`
	// Classes counts finished requests by the first digit of their status;
	// [0] are those that were cut off.
	Classes [6]uint64 `json:"classes"`
	// Bytes is the sum of all response bodies.
	Bytes uint64 `json:"bytes"`
	// Connections open now, and those of them with a request under way.
	Connections       int `json:"connections"`
	ActiveConnections int `json:"active_connections"`
}

// Stats returns the present figures. It is cheap enough to be called often.
func (s *Server) Stats() Stats { return s.statsAt(time.Now()) }

func (s *Server) statsAt(now time.Time) Stats {
	var st Stats
	var recent uint64
	for i := range s.accounts.shards {
		recent += s.accounts.shards[i].add(&st, now.Unix())
	}
	for _, n := range st.Classes {
		st.Total += n
	}
	st.Rate = float64(recent) / rateSeconds
	st.Connections, st.ActiveConnections = s.conns.count()
	return st
}

// add adds the shard's figures to st and returns the number of requests that
// ended in the last whole seconds before now.
func (sh *shard) add(st *Stats, now int64) (recent uint64) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	st.InFlight += sh.inFlight
	st.Bytes += sh.bytes
	for i, n := range sh.classes {
		st.Classes[i] += n
	}
	for _, sec := range sh.seconds {
		if sec.at < now && sec.at >= now-rateSeconds {
			recent += sec.n
		}
	}
	return recent
}

// OpenRequest is a request in flight.
type OpenRequest struct {
	Method    string
	Path      string // of the request target, as it was sent
	Age       time.Duration
	RequestID string
	TraceID   string
	Remote    string // host and port of the peer
}

// OpenRequests returns the requests in flight, the oldest first.
func (s *Server) OpenRequests() []OpenRequest {
	var open []OpenRequest
	now := time.Now()
	s.accounts.each(func(x *exchange) bool {
		open = append(open, OpenRequest{
			Method:    x.method,
			Path:      printable(x.path, maxLoggedPath),
			Age:       now.Sub(x.start),
			RequestID: x.id,
			TraceID:   x.trace,
			Remote:    x.remote,
		})
		return true
	})
	slices.SortFunc(open, func(a, b OpenRequest) int { return cmp.Compare(b.Age, a.Age) })
	return open
}
