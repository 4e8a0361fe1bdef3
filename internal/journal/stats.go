package journal

import (
	"time"

	"github.com/gind/gind/internal/journal/internal/record"
)

// State says how the target takes records.
type State string

// The states of the target.
const (
	// StateOK: it takes them.
	StateOK State = "ok"
	// StateBehind: it is there and does not take them in time; they spill.
	StateBehind State = "behind"
	// StateDown: it is not there; they spill, and it is looked for again and again.
	StateDown State = "down"
	// StateClosed: the journal was closed.
	StateClosed State = "closed"
)

// Stats is a snapshot for a status page, for metrics and for a check. The
// counters start with the process and count records.
type Stats struct {
	// Target is where records go now: never Auto.
	Target string `json:"target"`
	// Level is the name of the least level that is logged.
	Level string `json:"level"`
	// State says how the target takes records, and Since since when.
	State State     `json:"state"`
	Since time.Time `json:"since"`
	// TargetError is why the target does not take records; empty while it does.
	TargetError string `json:"target_error,omitempty"`

	// Queued is how many bytes of the ring hold records that nobody has taken yet, of RingSize.
	Queued   int64 `json:"queued_bytes"`
	RingSize int64 `json:"ring_bytes"`

	// Records is what was logged, by the file it belongs to: error, warn, info, debug.
	Records map[string]uint64 `json:"records"`
	// Sent is what the target took.
	Sent uint64 `json:"sent"`
	// Spilled is what went to the mirror because the target did not take it in
	// time; Unconfirmed is the part of it that the target may have as well,
	// since it went away with them unread.
	Spilled     uint64 `json:"spilled"`
	Unconfirmed uint64 `json:"unconfirmed"`
	// Governed is what went to the mirror alone because of the governor.
	Governed uint64 `json:"governed"`
	// Mirrored is every line the mirror's files have taken.
	Mirrored uint64 `json:"mirrored"`
	// Replayed is what was spilled and reached the target later.
	Replayed uint64 `json:"replayed"`
	// Lost is what neither the target nor the mirror took.
	Lost uint64 `json:"lost"`
	// MirrorMissed is what the target has and the mirror, in mode always, has not.
	MirrorMissed uint64 `json:"mirror_missed"`
	// Unawaited is how many errors returned to their caller before they were
	// known to be safe, because the bound of the wait was reached.
	Unawaited uint64 `json:"unawaited"`

	// Mirror is the state of the files.
	Mirror MirrorStats `json:"mirror"`
}

// Stats returns what there is to say about the journal now.
func (j *Journal) Stats() Stats {
	state, c := j.state.Load(), &j.counters
	s := Stats{
		Target:      state.target.String(),
		Level:       LevelName(j.Level()),
		State:       state.State,
		Since:       state.since,
		Queued:      int64(j.waiting()),
		RingSize:    int64(j.ring.Size()),
		Records:     make(map[string]uint64, record.Lanes),
		Sent:        c.sent.Load(),
		Spilled:     c.spilled.Load(),
		Unconfirmed: c.unconfirmed.Load(),
		Governed:    c.governed.Load(),
		Replayed:    c.replayed.Load(),
		Lost:        c.lost.Load(),
		Unawaited:   c.unawaited.Load(),
		Mirror:      MirrorStats{Mode: Off.String()},
	}
	if state.err != nil {
		s.TargetError = state.err.Error()
	}
	for n := range record.Lanes {
		s.Records[n.String()] = c.records[n].Load()
	}
	if m := j.mirror.Load(); m != nil {
		s.Mirrored, s.MirrorMissed, s.Mirror = m.Taken(), m.Missed(), m.Stats()
	}
	return s
}
