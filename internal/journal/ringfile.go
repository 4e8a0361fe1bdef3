package journal

import (
	"context"
	"encoding/binary"
	"log/slog"
	"strconv"
	"strings"
)

// A ring file is the memory of a ring, mapped into its process. It outlives one
// that ends without a word (SIGKILL, SIGABRT, a panic that nobody recovers), and
// the next process logs what it still holds. It lies where nothing outlives the
// machine either, and is locked as long as its process lives.
//
//	magic [8]byte | size of the ring uint64 | position of the first record to log uint64 | zeros up to ringStart | the ring
//
// Numbers are in the byte order of the machine.
const (
	ringMagic  = "gindrng1" // another one where the entries or packed change
	ringStart  = 4 << 10
	atRingSize = 8
	atFirst    = 16

	ringPrefix = "log-ring-" // then come the number of the process, a dash, and what makes it unique
)

// mostLeft is how many ring files wait for a process that lives long enough to log
// what is in them. Of more, the oldest are deleted.
const mostLeft = 8

// inheritance is what a process has left in its ring.
type inheritance struct {
	pid     int
	records []packed
	lost    int    // records that cannot be read
	forget  func() // deletes the file
}

// pidOfRing is whose ring file that is, by its name.
func pidOfRing(name string) int {
	text, _, _ := strings.Cut(strings.TrimPrefix(name, ringPrefix), "-")
	pid, _ := strconv.Atoi(text)
	return pid
}

// readRing reads the records in a ring file whose process is gone. What its
// goroutines had not put in completely is left out.
func readRing(file []byte) (records []packed, lost int) {
	if len(file) < ringStart || string(file[:len(ringMagic)]) != ringMagic {
		return nil, 0
	}
	size := binary.NativeEndian.Uint64(file[atRingSize:])
	first := binary.NativeEndian.Uint64(file[atFirst:])
	ring := file[ringStart:]
	if size != uint64(len(ring)) || size < headerSize || size&(size-1) != 0 || first%headerSize != 0 {
		return nil, 0
	}
	for done := uint64(0); done < size; {
		at := (first + done) & (size - 1)
		header := binary.NativeEndian.Uint64(ring[at:])
		n, room := header&^states, size-at-headerSize
		switch state := header & states; {
		case state == 0:
			return records, lost
		case state == stateSkip && n == size-at:
			done += n
			continue
		case state == stateSkip || n > room: // no ring has such an entry
			return records, lost + 1
		case state == stateReady:
			switch r := packed(ring[at+headerSize : at+headerSize+n]); {
			case !r.valid():
				lost++ // it was too large for the ring, and went away with its process
			case r.flags()&flagInherited == 0: // the others are in the file that they come from, or logged
				records = append(records, r)
			}
		}
		done += headerSize + roundUp(n)
	}
	return records, lost
}

// inherit logs what processes before this one have left in their rings. It is
// forgotten when that is where it belongs; somebody who ends before leaves it to
// the next one.
func (j *Journal) inherit(left []inheritance) {
	if len(left) == 0 {
		return
	}
	for _, l := range left {
		j.logLeft(l)
	}
	go func() {
		if j.Flush(context.Background()) != nil {
			return
		}
		for _, l := range left {
			l.forget()
		}
	}()
}

func (j *Journal) logLeft(l inheritance) {
	if len(l.records)+l.lost > 0 {
		j.own(LevelNotice, EventInherited, "the process "+strconv.Itoa(l.pid)+" has ended without a word; what it logged last follows",
			slog.Int("previous_pid", l.pid), slog.Int("records", len(l.records)), slog.Int("lost", l.lost))
	}
	for _, r := range l.records {
		j.pass(r.of(l.pid), r.level(), reach(j.ring.size(), r.level()))
	}
}
