package server

import (
	"math/rand/v2"
	"sync"
	"time"
)

// accounts knows the requests in flight and counts those that are done. It is
// split into shards, so that requests on different cores seldom meet.
type accounts struct {
	shards [accountShards]shard
}

const (
	accountShards = 16
	rateSeconds   = 5 // what "now" is, for the rate
	secondsKept   = 8 // a power of two above rateSeconds
)

type shard struct {
	mu       sync.Mutex
	first    *exchange
	inFlight int
	classes  [6]uint64 // by the first digit of the status; 0: none
	bytes    uint64
	seconds  [secondsKept]second
	_        [64]byte // shards do not share a cache line
}

type second struct {
	at int64 // Unix seconds
	n  uint64
}

// entry is an exchange's place in its shard.
type entry struct {
	shard      *shard
	prev, next *exchange
}

// begin enters x. The limits are read under the lock: whoever finds no request
// with old limits after a change can be sure that none will follow.
func (a *accounts) begin(s *Server, x *exchange) {
	sh := &a.shards[rand.Uint32()%accountShards]
	x.shard = sh
	sh.mu.Lock()
	x.live = s.live.Load()
	x.next = sh.first
	if sh.first != nil {
		sh.first.prev = x
	}
	sh.first = x
	sh.inFlight++
	sh.mu.Unlock()
}

// end takes x out and counts it.
func (a *accounts) end(x *exchange, now time.Time) {
	sh := x.shard
	at := now.Unix()
	sec := &sh.seconds[at%secondsKept]
	sh.mu.Lock()
	if x.prev != nil {
		x.prev.next = x.next
	} else {
		sh.first = x.next
	}
	if x.next != nil {
		x.next.prev = x.prev
	}
	x.prev, x.next = nil, nil
	sh.inFlight--
	sh.classes[class(x.status)]++
	sh.bytes += uint64(x.bytes)
	if sec.at != at {
		*sec = second{at: at}
	}
	sec.n++
	sh.mu.Unlock()
}

func class(status int) int {
	if status < 100 || status > 599 {
		return 0
	}
	return status / 100
}

// any tells whether match holds for a request in flight.
func (a *accounts) any(match func(*exchange) bool) bool {
	found := false
	a.each(func(x *exchange) bool {
		found = match(x)
		return !found
	})
	return found
}

// each calls f for the requests in flight until it returns false. f must be
// quick and may read only what does not change after begin.
func (a *accounts) each(f func(*exchange) bool) {
	for i := range a.shards {
		if !a.shards[i].each(f) {
			return
		}
	}
}

func (sh *shard) each(f func(*exchange) bool) bool {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	for x := sh.first; x != nil; x = x.next {
		if !f(x) {
			return false
		}
	}
	return true
}
