package server

import (
	"net/http"
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
	x.release()

	x.log(now, took, caught, abort)
	x.server.metrics.observe(x, took)
	if abort {
		panic(http.ErrAbortHandler)
	}
}
