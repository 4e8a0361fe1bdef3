package server

import (
	"errors"
	"io"
	"net/http"
)

// admitBody refuses a request whose body is announced to be too large, before
// a byte of it is read, and bounds one whose size is unknown.
func (x *exchange) admitBody(r *http.Request) bool {
	limit := x.live.MaxBody
	if limit <= 0 || r.ContentLength >= 0 && r.ContentLength <= limit {
		return true // net/http reads no more than the announced length
	}
	if r.ContentLength > limit {
		x.refuseBody()
		return false
	}
	// net/http's own writer has to be told, so that it closes the connection.
	r.Body = &boundedBody{ReadCloser: http.MaxBytesReader(x.rw, r.Body, limit), x: x}
	return true
}

func (x *exchange) refuseBody() {
	if x.request.ProtoMajor == 1 {
		x.Header().Set("Connection", "close") // rather than read the rest of it
	}
	x.problem(http.StatusRequestEntityTooLarge, "The request body is larger than this service accepts.")
}

// boundedBody notices when a handler has read up to the limit.
type boundedBody struct {
	io.ReadCloser
	x *exchange
}

func (b *boundedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			b.x.tooLarge.Store(true)
		}
	}
	return n, err
}
