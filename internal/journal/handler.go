package journal

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/gind/gind/internal/journal/internal/record"
)

// handler is the slog.Handler of a Journal. It is immutable: WithAttrs and
// WithGroup make another one.
type handler struct {
	j *Journal

	// prefix are the tokens of the attributes so far, packed once.
	prefix []byte

	// opened are those of groups in which there is nothing yet. They are part of
	// a record only if it puts something into them.
	opened []byte

	grouped bool // what comes now is inside of a group
	event   bool // prefix has a MESSAGE_ID
}

// buffers are where records are packed.
var buffers = sync.Pool{New: func() any {
	b := make([]byte, 0, 1<<10)
	return &b
}}

// Enabled implements slog.Handler.
func (h *handler) Enabled(_ context.Context, level slog.Level) bool {
	return level >= h.j.level.Level()
}

// Handle implements slog.Handler. It packs the record, puts it into the ring and
// returns; only for an error and worse it waits until somebody has it who survives
// this process: for half a second at most, and only as long as nobody knows that
// the target and the mirror hang.
func (h *handler) Handle(_ context.Context, r slog.Record) error {
	pooled := buffers.Get().(*[]byte)
	b := record.AppendHead((*pooled)[:0], r.Time, r.Level, r.PC, 0, r.Message)
	event := h.event
	b = append(b, h.prefix...)
	start := len(b)
	b = append(b, h.opened...)
	inside := len(b)
	r.Attrs(func(a slog.Attr) bool {
		event = event || !h.grouped && isEvent(a)
		b = record.AppendAttr(b, a)
		return true
	})
	if event {
		record.MarkEvent(b)
	}
	return h.hand(pooled, b, start, inside)
}

// HandleAttrs is Handle of a record with these attributes, for those who log so
// much that the memory of a slog.Record counts. Neither message nor attributes are kept.
func (h *handler) HandleAttrs(t time.Time, level slog.Level, message string, pc uintptr, attrs []slog.Attr) error {
	pooled := buffers.Get().(*[]byte)
	b := record.AppendHead((*pooled)[:0], t, level, pc, 0, message)
	b = append(b, h.prefix...)
	start := len(b)
	b = append(b, h.opened...)
	inside := len(b)
	b = record.AppendAttrs(b, attrs)
	if h.event || !h.grouped && slices.ContainsFunc(attrs, isEvent) {
		record.MarkEvent(b)
	}
	return h.hand(pooled, b, start, inside)
}

// hand hands on the record in b, without the groups that are opened in it from
// start on if there is nothing inside, and keeps the buffer.
func (h *handler) hand(pooled *[]byte, b []byte, start, inside int) error {
	if len(b) == inside {
		b = b[:start]
	}
	err := h.j.put(record.Packed(b))
	if cap(b) <= maxPooled {
		*pooled = b
		buffers.Put(pooled)
	}
	return err
}

// WithAttrs implements slog.Handler. The attributes are packed here, once.
func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	more := record.AppendAttrs(nil, attrs)
	if len(more) == 0 {
		return h
	}
	return &handler{
		j: h.j, prefix: slices.Concat(h.prefix, h.opened, more), grouped: h.grouped,
		event: h.event || !h.grouped && slices.ContainsFunc(attrs, isEvent),
	}
}

// WithGroup implements slog.Handler.
func (h *handler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	opened := record.AppendKey(slices.Clone(h.opened), record.KindOpen, name)
	return &handler{j: h.j, prefix: h.prefix, opened: opened, grouped: true, event: h.event}
}

// isEvent is whether an attribute outside of groups gives its record a MESSAGE_ID. A
// group without a name is none.
func isEvent(a slog.Attr) bool {
	return a.Key == messageIDKey ||
		a.Key == "" && a.Value.Kind() == slog.KindGroup && slices.ContainsFunc(a.Value.Group(), isEvent)
}

// own logs a record of this package's own, from any goroutine but the writer's. It
// waits for nobody: it may be the mirror's goroutine that logs why it writes nothing.
func (j *Journal) own(level slog.Level, id ID, message string, attrs ...slog.Attr) {
	_ = j.put(ownRecord(level, id, message, attrs)) // one that comes too late is counted
}

func ownRecord(level slog.Level, id ID, message string, attrs []slog.Attr) record.Packed {
	b := record.AppendHead(nil, time.Now(), level, 0, record.FlagOwn, message)
	record.MarkEvent(b)
	return record.AppendAttrs(record.AppendAttr(b, Message(id)), attrs)
}
