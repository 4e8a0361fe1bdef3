package journald

import (
	"time"

	"github.com/gind/gind/internal/journal/internal/record"
)

// unread is what a socket has taken and journald may not have read. It reads in
// order, and the kernel says how many bytes were not read yet (SIOCOUTQ), so the
// newest records of that many bytes are the ones in doubt; and so are those of the
// last moment, since systemd itself reads the queue and throws it away when it
// stops journald and its sockets. Should the socket be closed, they are gone, and
// nobody else knows.
type unread struct {
	items []unreadItem
	buf   []byte
	first int // of items: what is before it was read
	start int // of buf: where the first begins
	wire  int // bytes of all items as they were sent
}

type unreadItem struct {
	size int // in buf
	wire int
	sent time.Time
}

const (
	// unreadBound bounds what is kept, in bytes: a socket holds less.
	unreadBound = 4 << 20

	// Moment is how long what was read stays in doubt: far longer than systemd
	// takes from the end of journald to the end of its sockets.
	Moment = time.Second
)

func (u *unread) empty() bool { return u.first == len(u.items) }

// add keeps a record that took wire bytes to send.
func (u *unread) add(r record.Packed, wire int, now time.Time) {
	for !u.empty() && len(u.buf)-u.start+len(r) > unreadBound {
		u.drop()
	}
	if u.start > unreadBound/4 || u.empty() {
		u.buf = u.buf[:copy(u.buf, u.buf[u.start:])]
		u.items = u.items[:copy(u.items, u.items[u.first:])]
		u.first, u.start = 0, 0
	}
	u.buf = append(u.buf, r...)
	u.items = append(u.items, unreadItem{len(r), wire, now})
	u.wire += wire
}

// confirm forgets all but the newest records: those that make up no more than
// queued bytes, and those of the last moment. A record that went in a file makes up
// none, but its message is queued as others are: where nothing is, it was read. It
// may only be called once the reader is known to have been there after queued was measured.
func (u *unread) confirm(queued int, now time.Time) {
	for !u.empty() && (u.wire > queued || queued == 0) && now.Sub(u.items[u.first].sent) >= Moment {
		u.drop()
	}
}

func (u *unread) drop() {
	item := u.items[u.first]
	u.first++
	u.start += item.size
	u.wire -= item.wire
}

// all hands over the records, the oldest first, and forgets them.
func (u *unread) all(f func(record.Packed)) {
	for !u.empty() {
		f(record.Packed(u.buf[u.start : u.start+u.items[u.first].size]))
		u.drop()
	}
}
