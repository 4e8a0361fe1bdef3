package server

import (
	"errors"
	"net/http"
	"os"
	"strconv"
	"time"
)

// end is deferred: it answers for a handler that panicked, and logs, measures
// and counts the request. It panics with http.ErrAbortHandler when net/http has
// to close the connection because the response cannot be finished.
func (x *exchange) end() {
	cause := recover()
	took := time.Since(x.start) // reads one clock, where time.Now reads two
	now := x.start.Add(took)
	defer x.server.accounts.end(x, now)

	var caught *caughtPanic
	if cause != nil && cause != http.ErrAbortHandler { //nolint:errorlint // net/http compares it so too
		caught = catch(cause)
	}
	abort := cause != nil && (x.wrote || caught == nil)
	if caught != nil && !x.wrote {
		x.problem(http.StatusInternalServerError, "")
	}
	if !x.wrote && !abort {
		x.WriteHeader(http.StatusOK) // as net/http would
	}
	if x.route == "" {
		x.route = x.request.Pattern // of an http.ServeMux
	}
	x.boundWrite() // what net/http still has to send
	if caught == nil {
		x.judge(took)
	}
	x.release()

	x.log(now, took, caught, abort)
	x.server.metrics.observe(x, took)
	if abort {
		panic(http.ErrAbortHandler)
	}
}

// ending is how an exchange ended that did not end well.
type ending uint8

const (
	endedWell   ending = iota
	endedLate          // the response was not sent in its time
	endedByUs          // the Server was closed
	endedByPeer        // the client went away
)

// statusClientClosed is what a request is counted as whose client went away, as
// nginx does it. Nobody gets it.
const statusClientClosed = 499

// judge finds out whether the client has the response. One that it has not is
// counted without a status, or as 499 if the client did not want it any more.
func (x *exchange) judge(took time.Duration) {
	switch x.ending = x.howItEnded(took); x.ending {
	case endedWell:
		return
	case endedByPeer:
		x.status = statusClientClosed
		x.blame("the client went away")
		return
	case endedLate:
		x.blame("it was not sent within the write timeout")
	case endedByUs:
		x.blame("the service was stopped")
	}
	if x.status < http.StatusInternalServerError {
		x.status = 0
	}
}

func (x *exchange) howItEnded(took time.Duration) ending {
	if x.hijacked {
		return endedWell
	}
	if x.late || x.outOfTime(took) && !x.flushed() {
		return endedLate
	}
	if x.base.Err() == nil || x.status < http.StatusInternalServerError && x.complete() {
		return endedWell
	}
	if x.server.closing.Err() != nil {
		return endedByUs
	}
	if x.stream {
		return endedWell // a stream ends when its client has enough of it
	}
	return endedByPeer
}

// outOfTime tells whether nothing is sent any more: net/http closes the
// connection, and says nothing.
func (x *exchange) outOfTime(took time.Duration) bool {
	limit := x.live.WriteTimeout
	if x.deadline {
		limit = x.writeWithin
	} else if x.stream {
		return false // each write has a time of its own
	}
	return limit > 0 && took >= limit
}

// flushed sends what is left, and tells whether all of it is on its way.
func (x *exchange) flushed() bool {
	return http.NewResponseController(x.rw).Flush() == nil && x.request.ProtoMajor == 1 && x.complete()
}

// complete tells whether the whole body that was announced has been written. The
// end of one of unknown size is sent by net/http, later.
func (x *exchange) complete() bool {
	announced := x.Header()["Content-Length"]
	if len(announced) != 1 {
		return false
	}
	size, err := strconv.ParseInt(announced[0], 10, 64)
	return err == nil && (size == x.bytes || x.method == http.MethodHead)
}

// blame says in the record what came between.
func (x *exchange) blame(what string) {
	if x.failed != "" {
		what += "; " + x.failed
	}
	x.failed = what
}

// writeFailed notes why.
func (x *exchange) writeFailed(err error) {
	x.late = x.late || errors.Is(err, os.ErrDeadlineExceeded)
}
