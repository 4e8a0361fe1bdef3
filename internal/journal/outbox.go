package journal

import "github.com/gind/gind/internal/journal/internal/record"

// outbox is what is meant for the target and not with it yet, in order. Its records
// are parts of the ring, which therefore keeps them: where there is no mirror, they
// wait there for a target that does not take them.
type outbox struct {
	recs   []record.Packed
	places []uint64 // in the ring, of each
	first  int      // what is before it was taken
}

func (o *outbox) len() int { return len(o.recs) - o.first }

// add appends a record that stands in the ring behind a place.
func (o *outbox) add(r record.Packed, place uint64) {
	if o.first > len(o.recs)/2 {
		n := copy(o.recs, o.recs[o.first:])
		copy(o.places, o.places[o.first:])
		o.cut(n)
		o.first = 0
	}
	o.recs, o.places = append(o.recs, r), append(o.places, place)
}

// head is the first n records, or all.
func (o *outbox) head(n int) []record.Packed { return o.recs[o.first:][:min(n, o.len())] }

// drop takes the first n records out.
func (o *outbox) drop(n int) {
	if o.first += n; o.len() == 0 {
		o.cut(0)
		o.first = 0
	}
}

// filter takes out those that f says no to.
func (o *outbox) filter(f func(record.Packed) bool) {
	n := 0
	for i := o.first; i < len(o.recs); i++ {
		if f(o.recs[i]) {
			o.recs[n], o.places[n] = o.recs[i], o.places[i]
			n++
		}
	}
	o.cut(n)
	o.first = 0
}

// cut leaves n entries, and nothing of the others for the collector to find.
func (o *outbox) cut(n int) {
	clear(o.recs[n:])
	o.recs, o.places = o.recs[:n], o.places[:n]
}

// upTo is the place in the ring up to which nothing waits here, next if nothing does.
func (o *outbox) upTo(next uint64) uint64 {
	if o.len() == 0 {
		return next
	}
	return o.places[o.first]
}
