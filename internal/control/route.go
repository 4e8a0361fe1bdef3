package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"runtime/debug"
	"time"
)

const (
	maxBody = 64 << 10 // bytes of a request's body

	// readTimeout and writeTimeout bound one read of a whole body and one write
	// of an answer, or of a piece of a stream. A whole request has no limit: an
	// upgrade takes as long as it takes.
	readTimeout  = 10 * time.Second
	writeTimeout = 30 * time.Second
)

// Request is what a caller asks.
type Request struct {
	Caller Caller
	Query  url.Values

	body    io.Reader
	control *http.ResponseController
}

// Decode reads the request's body, JSON of at most 64 KiB, into v. Unknown
// fields are an error, since an order that is half understood is worse than none.
func (r *Request) Decode(v any) error {
	if err := r.control.SetReadDeadline(time.Now().Add(readTimeout)); err != nil {
		return err
	}
	decoder := json.NewDecoder(r.body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(v); err != nil {
		return &Error{Status: http.StatusBadRequest, Text: "the request's body: " + err.Error()}
	}
	return r.control.SetReadDeadline(time.Time{})
}

// Handler answers one request with a value that becomes JSON. A [Verdict] that
// is not OK is sent with status 422, an [*Error] with its own status, another
// error with 500.
type Handler func(ctx context.Context, r *Request) (any, error)

// Streamer answers one request with a stream: each Write is sent at once, and
// an empty one sends the header, for a caller who waits. The stream ends when
// the function returns; an error before the first Write is sent like that of a
// [Handler], a later one breaks the stream off.
type Streamer func(ctx context.Context, r *Request, w io.Writer) error

// Error is an error with an HTTP status, and text for people.
type Error struct {
	Status int    `json:"-"`
	Text   string `json:"error"`
}

// Error returns the text.
func (e *Error) Error() string {
	return e.Text
}

// Handle adds a route. For GET, ctx ends when the caller hangs up. For every
// other method it is an order and is seen through: ctx ends only when the
// server is closed.
//
// It panics if the route exists already, like [http.ServeMux].
func (s *Server) Handle(method, path string, h Handler) {
	s.mux.HandleFunc(method+" "+path, func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := s.lifetime(r)
		defer cancel()
		answer, err := h(ctx, newRequest(w, r))
		if err != nil {
			s.fail(w, err)
			return
		}
		s.reply(w, statusOf(answer), answer)
	})
}

// Stream adds a GET route that streams. Its ctx ends when the caller hangs up
// or the server begins to shut down.
//
// It panics if the route exists already, like [http.ServeMux].
func (s *Server) Stream(path string, f Streamer) {
	s.mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := joined(r.Context(), s.streams)
		defer cancel()
		out := &stream{w: w, control: http.NewResponseController(w)}
		err := f(ctx, newRequest(w, r), out)
		switch {
		case err == nil || ctx.Err() != nil:
		case out.begun:
			s.log.Warn("control: a stream broke off", "path", r.URL.Path, "err", err)
			panic(http.ErrAbortHandler) // the caller must not take it for the end
		default:
			s.fail(w, err)
		}
	})
}

// serve is the way of every request.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	defer func() {
		switch p := recover(); p {
		case nil:
		case http.ErrAbortHandler:
			panic(p)
		default:
			s.log.Error("control: panic", "method", r.Method, "path", r.URL.Path, "panic", p, "stack", string(debug.Stack()))
			s.fail(w, fmt.Errorf("panic: %v", p))
		}
	}()
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	s.mux.ServeHTTP(w, r)
}

// lifetime is the context of a request to Handle.
func (s *Server) lifetime(r *http.Request) (context.Context, context.CancelFunc) {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return joined(r.Context(), s.orders)
	}
	return joined(context.WithoutCancel(r.Context()), s.orders)
}

// joined returns a context with a's values that ends when a or b does.
func joined(a, b context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(a)
	stop := context.AfterFunc(b, func() { cancel(context.Cause(b)) })
	return ctx, func() {
		stop()
		cancel(nil)
	}
}

func newRequest(w http.ResponseWriter, r *http.Request) *Request {
	return &Request{
		Caller:  callerOf(r.Context()),
		Query:   r.URL.Query(),
		body:    r.Body,
		control: http.NewResponseController(w),
	}
}

func statusOf(answer any) int {
	if v, ok := answer.(Verdict); ok && !v.OK {
		return http.StatusUnprocessableEntity
	}
	return http.StatusOK
}

func (s *Server) fail(w http.ResponseWriter, err error) {
	var known *Error
	if !errors.As(err, &known) {
		known = &Error{Status: http.StatusInternalServerError, Text: err.Error()}
	}
	s.reply(w, known.Status, known)
}

// reply sends JSON. A caller that has gone is no error: the order was carried out.
func (s *Server) reply(w http.ResponseWriter, status int, answer any) {
	body, err := json.Marshal(answer)
	if err != nil {
		s.log.Error("control: the answer cannot be written as JSON", "err", err)
		status, body = http.StatusInternalServerError, []byte(`{"error":"the answer cannot be written as JSON"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(writeTimeout))
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n'))
}

// stream sends each write at once.
type stream struct {
	w       http.ResponseWriter
	control *http.ResponseController
	begun   bool
}

func (s *stream) Write(p []byte) (int, error) {
	if !s.begun {
		s.begun = true
		s.w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		s.w.Header().Set("Cache-Control", "no-store")
	}
	if err := s.control.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return 0, err
	}
	n, err := s.w.Write(p)
	if err != nil {
		return n, err
	}
	return n, s.control.Flush()
}
