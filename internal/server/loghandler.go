package server

import (
	"context"
	"log/slog"
	"slices"
)

// WithRequestID returns a handler that gives records that are logged with the
// context of a request (a gin.Context, say) its request_id, trace_id and
// span_id, outside of all groups, so that they are found together with the
// request's record in the access log.
func WithRequestID(next slog.Handler) slog.Handler {
	return &requestHandler{plain: next, with: next}
}

type requestHandler struct {
	plain slog.Handler                      // as it was given to us
	with  slog.Handler                      // plain, after steps
	steps []func(slog.Handler) slog.Handler // WithAttrs and WithGroup, in order
	group bool                              // one of the steps is a group
}

// Enabled implements slog.Handler.
func (h *requestHandler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.with.Enabled(ctx, level)
}

// Handle implements slog.Handler.
func (h *requestHandler) Handle(ctx context.Context, r slog.Record) error {
	if ctx == nil {
		return h.with.Handle(context.Background(), r)
	}
	x := exchangeOf(ctx)
	if x == nil {
		return h.with.Handle(ctx, r)
	}
	if !h.group {
		r = r.Clone()
		r.AddAttrs(x.logAttrs()...)
		return h.with.Handle(ctx, r)
	}
	next := h.plain.WithAttrs(x.logAttrs())
	for _, step := range h.steps {
		next = step(next)
	}
	return next.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (h *requestHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return h.then(func(next slog.Handler) slog.Handler { return next.WithAttrs(attrs) }, false)
}

// WithGroup implements slog.Handler.
func (h *requestHandler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	return h.then(func(next slog.Handler) slog.Handler { return next.WithGroup(name) }, true)
}

func (h *requestHandler) then(step func(slog.Handler) slog.Handler, group bool) slog.Handler {
	return &requestHandler{
		plain: h.plain,
		with:  step(h.with),
		steps: append(slices.Clone(h.steps), step),
		group: h.group || group,
	}
}

func (i *identity) logAttrs() []slog.Attr {
	attrs := []slog.Attr{slog.String("request_id", i.id)}
	if i.trace != "" {
		attrs = append(attrs, slog.String("trace_id", i.trace), slog.String("span_id", i.span))
	}
	return attrs
}
