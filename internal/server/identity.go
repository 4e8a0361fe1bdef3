package server

import (
	"math/rand/v2"
	"net/http"
)

const (
	headerRequestID   = "X-Request-Id" // canonical form of X-Request-ID
	headerTraceparent = "Traceparent"
	maxRequestID      = 128
)

// identity names a request: by the id that the client or a proxy gave it, or
// one of our own, and by its place in a trace.
type identity struct {
	id     string
	trace  string
	span   string
	header [1]string // the response header's value, without an allocation
}

func (i *identity) read(h http.Header) {
	if v := h[headerRequestID]; len(v) == 1 && validRequestID(v[0]) {
		i.id = v[0]
	} else {
		i.id = newRequestID()
	}
	if v := h[headerTraceparent]; len(v) == 1 {
		i.trace, i.span = parseTraceparent(v[0])
	}
}

func (i *identity) write(h http.Header) {
	i.header[0] = i.id
	h[headerRequestID] = i.header[:]
}

// validRequestID accepts what is safe in a header, a log record, a file name's
// argument and a URL: 1 to 128 letters, digits and -._~:+=@/ characters.
func validRequestID(s string) bool {
	if s == "" || len(s) > maxRequestID {
		return false
	}
	for i := range len(s) {
		if !requestIDBytes[s[i]] {
			return false
		}
	}
	return true
}

var requestIDBytes = func() (t [256]bool) {
	for _, c := range []byte("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:+=@/") {
		t[c] = true
	}
	return t
}()

// newRequestID returns 120 random bits as 24 letters and figures (Crockford's
// base 32), from the runtime's ChaCha8 generator: unique, unguessable, and made
// without a system call.
func newRequestID() string {
	const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"
	var text [24]byte
	high, low := rand.Uint64(), rand.Uint64()
	for i := range 12 { // 12 × 5 bits of each
		text[i] = alphabet[high&31]
		text[12+i] = alphabet[low&31]
		high >>= 5
		low >>= 5
	}
	return string(text[:])
}

// parseTraceparent reads a traceparent header (W3C Trace Context, level 1):
//
//	version "-" trace-id "-" parent-id "-" trace-flags
//
// It returns "" for both if the header is not valid, as the specification asks.
func parseTraceparent(s string) (trace, span string) {
	const length = 2 + 1 + 32 + 1 + 16 + 1 + 2
	if len(s) < length || s[2] != '-' || s[35] != '-' || s[52] != '-' {
		return "", ""
	}
	version, trace, span := s[:2], s[3:35], s[36:52]
	if !lowerHex(version) || version == "ff" || !lowerHex(s[53:length]) {
		return "", ""
	}
	// A later version may add fields; version 00 may not.
	if len(s) > length && (version == "00" || s[length] != '-') {
		return "", ""
	}
	if !lowerHex(trace) || !lowerHex(span) || zeros(trace) || zeros(span) {
		return "", ""
	}
	return trace, span
}

func lowerHex(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

func zeros(s string) bool {
	for i := range len(s) {
		if s[i] != '0' {
			return false
		}
	}
	return true
}
