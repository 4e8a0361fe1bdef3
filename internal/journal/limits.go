package journal

import (
	"time"

	"github.com/gind/gind/internal/journal/internal/record"
)

// How long somebody waits, and how much somebody may hold, stands here; only what
// one room alone decides stands there. A test keeps the order.

// What the caller waits for.
const (
	// awaited is how long an error waits for somebody to have it, and as long again
	// for the mirror if nobody does, or before it for room in a ring without a mirror.
	awaited = 250 * time.Millisecond

	// patience is how long a target may take nothing before records spill, and how
	// long a record waits for room in the mirror.
	patience = 50 * time.Millisecond
)

// What the writer waits for.
const (
	// linger is how long the writer lets records collect while they keep
	// coming: so whoever logs need not wake it, and it needs few system calls.
	linger = 2 * time.Millisecond

	// A target that takes nothing is tried again after probeFirst, one that is
	// not there after longer and longer, up to probeLast.
	probeFirst = 100 * time.Millisecond
	probeLast  = time.Second

	// confirmEvery is how long what was sent may stay in doubt.
	confirmEvery = time.Second

	// calm is how long nothing may spill before an outage is over.
	calm = 2 * time.Second

	// governorPeriod is how often the governor says what it held back.
	governorPeriod = 10 * time.Second

	// idle is how long the writer sleeps when nothing is to be looked after.
	idle = time.Hour
)

// What others wait for.
const (
	// behindFor is how long a target that is there may take too little before Err
	// says so, and before errors do not wait for it any more: bursts are what the
	// mirror and the ring are for.
	behindFor = time.Second

	// replayCheck is how often a journald that takes nothing is looked at.
	replayCheck = 100 * time.Millisecond

	// farewell is how long closing waits for a disk, and for a target.
	farewell = 2 * time.Second
)

// Marks in the ring, in parts of the whole, from the emptiest to the fullest.
const (
	inheritTo  = 2 // what processes before have left fills no more: it lies in their rings too, and would have others forgotten at heldTo
	relievedAt = 2 // below it the target keeps up again
	replayAt   = 4 // below it replay puts in more
	heldTo     = 6 // what waits for the disk stays in the ring up to here, and so starts no pressure
	pressedAt  = 8 // above it journald is too slow, and what is below a warning spills
	wakesAt    = 8 // above it whoever logs wakes a writer that is busy
	replayTo   = 8 // replay fills no further
	othersTo   = 14
	warningsTo = 15
	full       = 16 // errors and worse, and the journal's own records
)

// Amounts.
const (
	// batchBytes is how much the writer takes out of the ring at once, in bytes.
	batchBytes = 256 << 10

	// largeBound is what the records take together that are too large for the ring, in bytes.
	largeBound = 4 * record.Most

	// maxPooled is the largest buffer that is kept for the next record, in bytes.
	maxPooled = 64 << 10

	// replayGroup is how many records are replayed at once.
	replayGroup = 32
)
