package ring

import (
	"math/bits"
	"sync/atomic"
	"unsafe"
)

// ring is a queue of byte strings in one preallocated piece of memory. Any
// number of goroutines put into it, without a lock and without waiting for each
// other; one takes out, in the order of the places that were reserved.
//
// An entry is a header of eight bytes, the string, and what fills it up to a
// multiple of eight. A header says how long the string is, and whether it is
// complete; free memory is all zeros, so that none ever looks like a header.
type ring struct {
	words []uint64
	bytes []byte // the same memory
	mask  uint64
	first *atomic.Uint64 // where whoever finds the memory without its process reads on

	// cleared is what is free up to for whoever finds it so: head, but for as long as it
	// takes to clear what is before first.
	cleared *atomic.Uint64

	_    [64]byte // keep what the many and the one write on lines of their own
	tail atomic.Uint64
	_    [56]byte
	head atomic.Uint64 // what is before it is free
	_    [56]byte
	next uint64 // the reader's: what is before it was read
}

const (
	headerSize = 8
	stateReady = 1 << 32 // of a header, beside the length of the string
	stateSkip  = 2 << 32 // nothing here, go on at the beginning
	stateBegun = 4 << 32 // the string is not complete
	states     = stateReady | stateSkip | stateBegun
)

// sizeOf is the size of a ring of at least size bytes.
func sizeOf(size int) int {
	const least = 4 << 10
	return 1 << bits.Len64(uint64(max(size, least)-1))
}

// lay lays the ring into memory that is all zeros, and as long as ringSize says.
func (r *ring) lay(words []uint64, first, cleared *atomic.Uint64) {
	n := uint64(len(words)) * 8
	r.words, r.first, r.cleared, r.mask = words, first, cleared, n-1
	r.bytes = unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), n)
}

// put copies p into the ring if that leaves no more than limit bytes used. It
// returns the position behind p and how many bytes are used now.
func (r *ring) put(p []byte, limit uint64) (end, used uint64, ok bool) {
	need := headerSize + roundUp(uint64(len(p)))
	for {
		tail := r.tail.Load()
		start, skip := tail, uint64(0)
		if toEnd := uint64(len(r.bytes)) - tail&r.mask; toEnd < need {
			start, skip = tail+toEnd, toEnd
		}
		end = start + need
		used = end - r.head.Load()
		if used > limit {
			return 0, used, false
		}
		if !r.tail.CompareAndSwap(tail, end) {
			continue
		}
		if skip > 0 {
			r.header(tail).Store(stateSkip | skip)
		}
		at, header := start&r.mask, r.header(start)
		header.Store(stateBegun | uint64(len(p)))
		copy(r.bytes[at+headerSize:], p)
		header.Store(stateReady | uint64(len(p)))
		return end, used, true
	}
}

// take returns the next string, or false if there is none that is complete. The
// string is good until free is called.
func (r *ring) take() ([]byte, bool) {
	for r.next != r.tail.Load() { // behind the tail of a full ring lies its head
		h := r.header(r.next).Load()
		n := h &^ states
		switch h & states {
		case stateReady:
			at := r.next&r.mask + headerSize
			r.next += headerSize + roundUp(n)
			return r.bytes[at : at+n : at+n], true
		case stateSkip:
			r.next += n
		default:
			return nil, false
		}
	}
	return nil, false
}

// Free gives the memory of what was taken, up to a position, back to those who put.
func (r *ring) Free(upTo uint64) {
	head := r.head.Load()
	from, to := head&r.mask, upTo&r.mask
	r.first.Store(upTo) // before it is cleared
	switch {
	case upTo == head:
		return
	case from < to:
		clear(r.bytes[from:to])
	default:
		clear(r.bytes[from:])
		clear(r.bytes[:to])
	}
	r.cleared.Store(upTo)
	r.head.Store(upTo)
}

// Used is how many bytes are reserved or not freed yet.
func (r *ring) Used() uint64 {
	head := r.head.Load() // first, because the tail never falls behind it
	return r.tail.Load() - head
}

// Size is how many bytes the ring has.
func (r *ring) Size() uint64 { return uint64(len(r.bytes)) }

func (r *ring) header(at uint64) *atomic.Uint64 {
	return (*atomic.Uint64)(unsafe.Pointer(&r.words[at&r.mask/8]))
}

func roundUp(n uint64) uint64 { return (n + 7) &^ 7 }
