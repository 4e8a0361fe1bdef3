package journal

import (
	"github.com/gind/gind/internal/journal/internal/record"
	"github.com/gind/gind/internal/journal/internal/spool"
)

// A ring in a file keeps what was routed to the mirror until that is in its
// files: what a process that ends without a word has handed to its own memory
// would be lost.

// kept is the ring up to a position, and what has to be written before it is forgotten.
type kept struct {
	upTo  uint64
	in    *spool.Spool // nil: in none
	lines [record.Lanes]uint64
}

// keep has the files written, and notes that the ring was routed up to a position.
func (w *writer) keep(upTo uint64) {
	s := w.j.spool()
	if s != nil {
		s.Wake()
	}
	if w.j.ringFile == nil || s == nil && len(w.kept) == 0 {
		w.j.ring.Free(upTo)
		return
	}
	k := kept{upTo: upTo, in: s}
	if s != nil {
		for n := range record.Lanes {
			k.lines[n] = s.Queued(n)
		}
	}
	w.kept = append(w.kept, k)
	w.forget()
}

// forget gives back what of the ring is written. Where it fills up it does so
// anyway: what waits for a slow disk waits in the spool.
func (w *writer) forget() {
	r := w.j.ring
	done := 0
	for _, k := range w.kept {
		if !k.written() && r.Used() <= r.Size()*heldTo/full {
			break
		}
		r.Free(k.upTo)
		done++
	}
	w.kept = append(w.kept[:0], w.kept[done:]...)
	if done > 0 {
		w.j.beacon.Flash() // there is room
	}
}

// written is whether the files have it, or cannot be written.
func (k *kept) written() bool {
	for n := range record.Lanes {
		if k.in != nil && k.in.Written(n) < k.lines[n] {
			return k.in.Err() != nil
		}
	}
	return true
}
