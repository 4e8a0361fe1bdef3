package sink

import (
	"errors"
	"time"

	"github.com/gind/gind/internal/journal/internal/record"
)

// Sink is where records go first: journald, or standard error. It belongs to the
// writer, and none of its methods but wait and close may make it wait.
type Sink interface {
	// Prepare gets records ready to be handed over, in place of those before.
	Prepare(recs []record.Packed)

	// Send hands over what is prepared and returns how many of the records were
	// taken now. If not all of them were, err says why: ErrBusy if more may be
	// taken soon, ErrRefused if the next can never be, anything else if the
	// target is gone.
	Send() (taken int, err error)

	// Skip passes over the record that send stopped at.
	Skip()

	// Wait waits for at most d until more may be taken, and reports whether.
	Wait(d time.Duration) bool

	// Revive looks for the target after an error.
	Revive() error

	// Close hands over what it can in d, lets go of the target, and returns how
	// many records it could not hand over.
	Close(d time.Duration) (lost uint64)
}

// Doubter is a sink that has records taken before they were read.
type Doubter interface {
	// Doubtful calls f with the records that were taken by a target which went
	// away, perhaps without having read them, and forgets them.
	Doubtful(f func(record.Packed))

	// Confirm settles, as far as it can without sending anything, which records
	// were read. It reports whether there are any that may not have been.
	Confirm() (open bool, err error)
}

// MostAtOnce is how many records are handed over at once.
const MostAtOnce = 64

// Why a sink did not take a record.
var (
	ErrBusy    = errors.New("it does not take records in time")
	ErrRefused = errors.New("it cannot take this record")
)
