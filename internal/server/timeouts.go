package server

import (
	"net/http"
	"time"
)

// Timeouts bound connections and what is read from them, as the fields of
// http.Server of these names do. 0 means the default, a negative value no limit.
//
// A change of ReadTimeout and WriteTimeout takes effect with the next request,
// one of the others with the next connection: a connection that is open keeps
// what it began with.
type Timeouts struct {
	// ReadTimeout and WriteTimeout. Default: 60 s.
	ReadTimeout, WriteTimeout time.Duration
	// ReadHeaderTimeout and IdleTimeout. Default: 10 s and 2 min.
	ReadHeaderTimeout, IdleTimeout time.Duration
	// MaxHeader is the size in bytes of the largest request header; a larger
	// one gets 431. Default: 64 KiB.
	MaxHeader int
}

const (
	defaultReadHeaderTimeout = 10 * time.Second
	defaultReadTimeout       = 60 * time.Second
	defaultWriteTimeout      = 60 * time.Second
	defaultIdleTimeout       = 2 * time.Minute
	defaultMaxHeader         = 64 << 10
)

func (t Timeouts) withDefaults() Timeouts {
	t.ReadTimeout = orDefault(t.ReadTimeout, defaultReadTimeout)
	t.WriteTimeout = orDefault(t.WriteTimeout, defaultWriteTimeout)
	t.ReadHeaderTimeout = orDefault(t.ReadHeaderTimeout, defaultReadHeaderTimeout)
	t.IdleTimeout = orDefault(t.IdleTimeout, defaultIdleTimeout)
	if t.MaxHeader <= 0 {
		t.MaxHeader = defaultMaxHeader
	}
	return t
}

func orDefault(d, otherwise time.Duration) time.Duration {
	if d == 0 {
		return otherwise
	}
	return d
}

// catchUp gives a request the timeouts of the moment where its connection began
// with others. net/http has set those, and sets them anew with each request.
func (x *exchange) catchUp() {
	if x.server.later.Load() == nil {
		return // they have never changed
	}
	began, ok := x.base.Value(http.ServerContextKey).(*http.Server)
	if !ok {
		return
	}
	control := http.NewResponseController(x.rw)
	if limit := x.live.ReadTimeout; limit != began.ReadTimeout {
		_ = control.SetReadDeadline(after(x.start, limit))
	}
	if limit := x.live.WriteTimeout; limit != began.WriteTimeout {
		_ = control.SetWriteDeadline(after(x.start, limit))
	}
}

// after is the deadline that a limit sets; none if there is no limit.
func after(start time.Time, limit time.Duration) time.Time {
	if limit <= 0 {
		return time.Time{}
	}
	return start.Add(limit)
}
