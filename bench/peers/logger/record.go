package main

import (
	"fmt"
	"time"
)

// The record that all libraries log: a request's, with typed values where a
// library has them. Five come with each call, since beyond five log/slog itself
// allocates; [bound] and the run's name are bound to the logger once, where a
// library has that.
const (
	message = "request"
	method  = "GET"
	path    = "/api/orders/12345"
	status  = 200
	took    = 1234 * time.Microsecond
	bound   = "192.0.2.17" // as "host"
)

// requestIDs differ from record to record, as they do in life: journald stores
// a value that it knows already only once.
var requestIDs = func() (ids [4096]string) {
	for i := range ids {
		ids[i] = fmt.Sprintf("0193f7c2-5a1e-7c3b-9d44-%012x", i)
	}
	return ids
}()

func requestID(i int) string { return requestIDs[i%len(requestIDs)] }
