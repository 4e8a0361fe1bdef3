package ring

import (
	"encoding/binary"
	"strconv"
	"strings"
)

// A ring file is the memory of a ring, mapped into its process. It outlives one
// that ends without a word (SIGKILL, SIGABRT, a panic that nobody recovers), and
// the next process takes what it still holds. It lies where nothing outlives the
// machine either, and is locked as long as its process lives.
//
//	magic [8]byte | size of the ring uint64 | position of the first string to hand on uint64 | position up to which it is cleared uint64 | zeros up to ringStart | the ring
//
// Numbers are in the byte order of the machine.
const (
	magic     = "gindrng2" // another one where the entries change, or what stands in them
	ringStart = 4 << 10
	atSize    = 8
	atFirst   = 16
	atCleared = 24

	// Prefix is how the name of a ring file begins; then come the number of the
	// process, a dash, and what makes it unique.
	Prefix = "log-ring-"
)

// mostLeft is how many ring files wait for a process that lives long enough to take
// what is in them. Of more, the oldest are deleted.
const mostLeft = 8

// Left is what a process has left in its ring.
type Left struct {
	PID     int
	Strings [][]byte
	Lost    int    // strings that cannot be read
	Deleted bool   // the file is gone already: there were too many
	Forget  func() // deletes the file
}

// pidOf is whose ring file that is, by its name.
func pidOf(name string) int {
	text, _, _ := strings.Cut(strings.TrimPrefix(name, Prefix), "-")
	pid, _ := strconv.Atoi(text)
	return pid
}

// readFile reads the strings in a ring file whose process is gone. What its
// goroutines had not put in completely is left out, and hides nothing: a place that
// one had reserved and not begun to fill is all zeros, as what is free is. Of one that
// was too large for the ring, which went away with its process, there is the ticket.
func readFile(file []byte) (strings [][]byte, lost int) {
	if len(file) < ringStart || string(file[:len(magic)]) != magic {
		return nil, 0
	}
	size := binary.NativeEndian.Uint64(file[atSize:])
	first, cleared := binary.NativeEndian.Uint64(file[atFirst:]), binary.NativeEndian.Uint64(file[atCleared:])
	ring := file[ringStart:]
	if size != uint64(len(ring)) || size < headerSize || size&(size-1) != 0 || first%headerSize != 0 ||
		cleared%headerSize != 0 || cleared > first || first-cleared > size {
		return nil, 0
	}
	end := size - (first - cleared) // what was just being cleared is neither
	for done := uint64(0); done < end; {
		at := (first + done) & (size - 1)
		header := binary.NativeEndian.Uint64(ring[at:])
		n, room := header&^states, min(size-at, end-done)-headerSize
		switch state := header & states; {
		case header == 0:
			done += headerSize
			continue
		case state == stateSkip && n == size-at:
			done += n
			continue
		case state == 0 || state == stateSkip || n > room: // no ring has such an entry
			return strings, lost + 1
		case state == stateReady:
			strings = append(strings, ring[at+headerSize:at+headerSize+n])
		}
		done += headerSize + roundUp(n)
	}
	return strings, lost
}
