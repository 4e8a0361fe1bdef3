package listener

import (
	"bytes"
	"net/http"
)

// boundary follows net/http's server through the calls that it makes on one
// HTTP/1 connection, and so knows at each Read whether a request is being
// served, and if none is, which bytes of the next one net/http already has.
// A connection can then leave the process at that Read: the bytes go with it
// and are given to the next server first.
//
// It rests on what net/http (server.go, conn.serve and connReader) and bufio
// do, which [Proven] checks in the running program and the tests in detail:
//
//   - The buffer of a connection is empty at its first Read, so the length of
//     that Read is the size of the buffer. bufio slides what it holds to the
//     front before it reads, so any later Read that fills the buffer is shorter
//     by exactly the number of bytes held.
//   - After a response come, in this order: the hook for StateIdle, one call of
//     SetReadDeadline (the idle timeout), and Peek(4). Peek reads only while
//     fewer than four bytes are held; when it is content comes a second call of
//     SetReadDeadline (the header timeout), and the request is parsed.
//   - The byte of a background read is put into the buffer before the
//     connection is read again, and so is counted.
//   - The hook for StateActive comes when the header is complete. Until then
//     nothing has been done about the request.
//
// Whatever does not fit makes the connection count as busy until its next
// StateIdle. Methods must not be called concurrently.
type boundary struct {
	phase phase
	used  bool // a request has been served, here or in a process before

	full int        // size of net/http's buffer; 0 before the first Read
	last [held]byte // the last bytes that net/http was given
	seen uint8      // how many of last are set
	head []byte     // what net/http was given of the next request
	room [held]byte // for a short head
}

// held is the most bytes of a next request that net/http can hold while it
// waits for it: one fewer than it peeks for.
const held = 3

// maxHead is the most bytes of an unfinished header that go along with a
// connection. Beyond it the header is awaited here.
const maxHead = 4096

type phase uint8

const (
	// fresh: nothing was read yet.
	fresh phase = iota
	// busy: a request is being read or served, or the thread was lost.
	busy
	// replied: the hook for StateIdle has run.
	replied
	// peeking: the idle deadline is set; net/http is about to look for a request.
	peeking
	// between: net/http waits for a request or for the rest of its header, and
	// head is all that it has of it.
	between
	// foreign: not HTTP/1, or no longer. For ever.
	foreign
)

// state notes a call of the http.Server.ConnState hook.
func (b *boundary) state(s http.ConnState) {
	switch {
	case b.phase == foreign:
	case s == http.StateActive:
		b.phase = busy
		b.used = true
	case s == http.StateIdle:
		b.phase = replied
		b.head = nil
	case s == http.StateHijacked:
		b.phase = foreign
	}
}

// deadline notes a call of SetReadDeadline.
func (b *boundary) deadline() {
	switch b.phase {
	case replied:
		b.phase = peeking
	case peeking:
		b.phase = busy // Peek needed no Read: net/http holds four bytes or more
	}
}

// beginRead notes that a Read into length bytes begins, and reports whether the
// connection could be parked instead.
func (b *boundary) beginRead(length int) bool {
	switch b.phase {
	case fresh:
		b.full = length
		b.phase = between
		if !b.followed() {
			b.phase = busy
		}
	case peeking:
		b.phase = between
		if !b.takeHeld(b.full - length) {
			b.phase = busy
		}
	case between:
		if held := b.full - length; held < 0 || held > len(b.head) {
			b.phase = busy
		}
	case replied:
		b.phase = busy
	}
	return b.phase == between
}

// takeHeld makes the last n bytes the beginning of the next request's header.
func (b *boundary) takeHeld(n int) bool {
	if n < 0 || n > int(b.seen) {
		return false
	}
	b.head = append(b.room[:0], b.last[held-n:]...)
	return true
}

var endOfHeader = []byte("\r\n\r\n")

// endRead notes the bytes, at least one, that a Read returned.
func (b *boundary) endRead(p []byte) {
	b.remember(p)
	if b.phase != between {
		return
	}
	// A complete header is never asked for again, so it is not worth a copy.
	if len(b.head)+len(p) > maxHead || bytes.Contains(p, endOfHeader) {
		b.phase = busy
		b.head = nil
		return
	}
	b.head = append(b.head, p...)
}

// remember keeps the end of what was read.
func (b *boundary) remember(p []byte) {
	if len(p) >= held {
		b.last = [held]byte(p[len(p)-held:])
		b.seen = held
		return
	}
	copy(b.last[:], b.last[len(p):])
	copy(b.last[held-len(p):], p)
	b.seen = min(held, b.seen+uint8(len(p)))
}

// followed reports whether net/http has been recognized by its calls, so that
// the connection can be parked after the present request.
func (b *boundary) followed() bool {
	return b.phase != foreign && b.full >= leastBuffer
}

// leastBuffer is bufio's smallest buffer. A first Read of less does not tell the
// size of the buffer: net/http looks for the preface of unencrypted HTTP/2.
const leastBuffer = 16
