package server

import (
	"context"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// limited is the part of an exchange that is a context: the request's own,
// which ends with the connection, the handler timeout, and for a stream the drain.
// What can end it exists only once somebody waits for it, because most handlers never do.
type limited struct {
	base  context.Context
	until time.Time // zero: no limit
	mu    sync.Mutex
	timed atomic.Pointer[timedContext]
	freed atomic.Bool // the limit does not count: it is a stream, or the connection is the handler's
}

func (l *limited) limit(base context.Context, start time.Time, d time.Duration) {
	l.base = base
	if d > 0 {
		l.until = start.Add(d)
	}
}

// unlimited tells whether there is no limit, or none any more.
func (l *limited) unlimited() bool { return l.until.IsZero() || l.freed.Load() }

// free takes the limit away, also from contexts that others have made of this one
// already. What has ended has ended.
func (l *limited) free() {
	if l.freed.Swap(true) {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if t := l.timed.Load(); t != nil && t.timer != nil {
		t.timer.Stop()
	}
}

// Deadline implements context.Context.
func (l *limited) Deadline() (time.Time, bool) {
	d, ok := l.base.Deadline()
	if l.unlimited() || ok && d.Before(l.until) {
		return d, ok
	}
	return l.until, true
}

// Done implements context.Context.
func (l *limited) Done() <-chan struct{} {
	return l.withTimer().Done()
}

// endStream ends the context of what has no end of its own, and no other.
func (l *limited) endStream() {
	if l.freed.Load() {
		l.withTimer().parent.endWith(&errCanceled)
	}
}

// Err implements context.Context.
func (l *limited) Err() error {
	if t := l.timed.Load(); t != nil {
		return t.Err()
	}
	if l.unlimited() || time.Now().Before(l.until) {
		return l.base.Err()
	}
	return l.withTimer().Err()
}

// withTimer returns the context that can be ended, by its timer if there is a limit.
func (l *limited) withTimer() *timedContext {
	if t := l.timed.Load(); t != nil {
		return t
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if t := l.timed.Load(); t != nil {
		return t
	}
	t := newTimedContext(l.base)
	if !l.unlimited() {
		t.start(l.until)
	}
	l.timed.Store(t)
	return t
}

// expired tells whether the handler timeout is over.
func (l *limited) expired() bool { return !l.unlimited() && !time.Now().Before(l.until) }

// release stops the timer. The request's own context ends at the same time.
func (l *limited) release() {
	t := l.timed.Load()
	if t == nil {
		return
	}
	if t.timer != nil {
		t.timer.Stop()
	}
	t.cancel()
}

// timedContext is a context with a deadline that can be taken away. It is one of
// the context package, so that those that are made of it need no goroutine.
type timedContext struct {
	context.Context
	cancel context.CancelFunc
	parent endingContext
	timer  *time.Timer // nil: there is no limit, or it was over from the beginning
}

func newTimedContext(base context.Context) *timedContext {
	t := &timedContext{parent: endingContext{Context: base}}
	t.Context, t.cancel = context.WithCancel(&t.parent)
	return t
}

func (t *timedContext) start(until time.Time) {
	left := time.Until(until)
	if left <= 0 {
		t.parent.timeIsUp()
	} else {
		t.timer = time.AfterFunc(left, t.parent.timeIsUp)
	}
}

// endingContext is a request's own context, with another end. It is the parent of
// one context of the context package, which asks it for no more than this.
type endingContext struct {
	context.Context
	over atomic.Pointer[error] // why it has ended
	end  func()                // of the child
}

// Why a context ends that another did not end.
var errDeadline, errCanceled = context.DeadlineExceeded, context.Canceled

// Done implements context.Context. It only says that there may be an end: the
// child uses AfterFunc.
func (*endingContext) Done() <-chan struct{} { return never }

var never = make(chan struct{})

// Err implements context.Context.
func (e *endingContext) Err() error {
	if err := e.over.Load(); err != nil {
		return *err
	}
	return e.Context.Err()
}

// AfterFunc is what the context package looks for in a parent that is not its own.
func (e *endingContext) AfterFunc(f func()) (stop func() bool) {
	e.end = f
	return context.AfterFunc(e.Context, f)
}

func (e *endingContext) timeIsUp() { e.endWith(&errDeadline) }

func (e *endingContext) endWith(err *error) {
	if e.Context.Err() == nil {
		e.over.CompareAndSwap(nil, err)
	}
	e.end()
}

type exchangeKey struct{}

// Value implements context.Context. The context package finds its own key
// through here too, and has to find the timer's context if there is one.
func (x *exchange) Value(key any) any {
	if key == (exchangeKey{}) {
		return x
	}
	if x.unix && key == http.LocalAddrContextKey && !x.forwarded() {
		if a, ok := x.base.Value(key).(net.Addr); ok {
			return strangersAddr{a}
		}
	}
	if t := x.timed.Load(); t != nil {
		return t.Value(key)
	}
	return x.base.Value(key)
}

func exchangeOf(ctx context.Context) *exchange {
	if x, ok := ctx.(*exchange); ok {
		return x
	}
	x, _ := ctx.Value(exchangeKey{}).(*exchange)
	return x
}

// RequestID returns the id of the request that ctx belongs to, a gin.Context
// included, or "" outside of a request.
func RequestID(ctx context.Context) string {
	if x := exchangeOf(ctx); x != nil {
		return x.id
	}
	return ""
}

// Draining returns a context that ends when the drain of the Server that
// serves the request of ctx starts (see Server.Draining). Outside of a request
// the context never ends.
func Draining(ctx context.Context) context.Context {
	if x := exchangeOf(ctx); x != nil {
		return x.server.draining
	}
	return context.Background()
}

// Quiet keeps a successful request out of the access log, at info: it is for
// handlers that pages or machines ask again and again.
func Quiet(ctx context.Context) {
	if x := exchangeOf(ctx); x != nil {
		x.quiet = true
	}
}
