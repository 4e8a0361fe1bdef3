package journal

// unread is what a socket has taken and its reader may not have read: journald
// reads in order, and the kernel says how many bytes it has not read yet
// (SIOCOUTQ), so the newest records of that many bytes are the ones in doubt.
// Should journald's socket be closed, they are gone, and nobody else knows.
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
}

// unreadBound bounds what is kept, in bytes: a socket holds less.
const unreadBound = 4 << 20

func (u *unread) empty() bool { return u.first == len(u.items) }

// add keeps a record that took wire bytes to send.
func (u *unread) add(r packed, wire int) {
	for !u.empty() && len(u.buf)-u.start+len(r) > unreadBound {
		u.drop()
	}
	if u.start > unreadBound/4 || u.empty() {
		u.buf = u.buf[:copy(u.buf, u.buf[u.start:])]
		u.items = u.items[:copy(u.items, u.items[u.first:])]
		u.first, u.start = 0, 0
	}
	u.buf = append(u.buf, r...)
	u.items = append(u.items, unreadItem{len(r), wire})
	u.wire += wire
}

// confirm forgets all but the newest records that make up no more than queued
// bytes. It may only be called once the reader is known to have been there
// after queued was measured.
func (u *unread) confirm(queued int) {
	for !u.empty() && u.wire > queued {
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
func (u *unread) all(f func(packed)) {
	for !u.empty() {
		f(packed(u.buf[u.start : u.start+u.items[u.first].size]))
		u.drop()
	}
}
