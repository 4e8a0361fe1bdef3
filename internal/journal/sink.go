package journal

import (
	"errors"
	"time"

	"github.com/gind/gind/internal/journal/internal/record"
)

// sink is where records go first: journald, or standard error. It belongs to the
// writer, and none of its methods but wait and close may make it wait.
type sink interface {
	// prepare gets records ready to be handed over, in place of those before.
	prepare(recs []record.Packed)

	// send hands over what is prepared and returns how many of the records were
	// taken now. If not all of them were, err says why: errBusy if more may be
	// taken soon, errRefused if the next can never be, anything else if the
	// target is gone.
	send() (taken int, err error)

	// skip passes over the record that send stopped at.
	skip()

	// wait waits for at most d until more may be taken, and reports whether.
	wait(d time.Duration) bool

	// revive looks for the target after an error.
	revive() error

	// close hands over what it can in d, lets go of the target, and returns how
	// many records it could not hand over.
	close(d time.Duration) (lost uint64)
}

// doubter is a sink that has records taken before they were read.
type doubter interface {
	// doubtful calls f with the records that were taken by a target which went
	// away, perhaps without having read them, and forgets them.
	doubtful(f func(record.Packed))

	// confirm settles, as far as it can without sending anything, which records
	// were read. It reports whether there are any that may not have been.
	confirm() (open bool, err error)
}

// maxBatch is how many records are handed over at once.
const maxBatch = 64

var (
	errBusy    = errors.New("it does not take records in time")
	errRefused = errors.New("it cannot take this record")
)
