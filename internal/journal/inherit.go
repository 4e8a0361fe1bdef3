package journal

import (
	"log/slog"
	"strconv"

	"github.com/gind/gind/internal/journal/internal/record"
	"github.com/gind/gind/internal/journal/internal/ring"
)

// inherit logs what processes before this one have left in their rings. It is
// forgotten when that is where it belongs; somebody who ends before leaves it to
// the next one.
func (j *Journal) inherit(left []ring.Left) {
	if len(left) == 0 {
		return
	}
	for _, l := range left {
		j.logLeft(l)
	}
	j.beside.Go(func() {
		if j.Flush(j.life) != nil {
			return
		}
		for _, l := range left {
			l.Forget()
		}
	})
}

func (j *Journal) logLeft(l ring.Left) {
	records, lost := leftRecords(l)
	if len(records)+lost > 0 {
		j.own(LevelNotice, EventInherited, "the process "+strconv.Itoa(l.PID)+" has ended without a word; what it logged last follows",
			slog.Int("previous_pid", l.PID), slog.Int("records", len(records)), slog.Int("lost", lost))
	}
	for _, r := range records {
		j.pass(r.Of(l.PID), r.Level(), reach(j.ring.Size(), r.Level()))
	}
}

// leftRecords are the records that a process has left and that nobody has logged,
// and how many of them are lost.
func leftRecords(l ring.Left) (records []record.Packed, lost int) {
	lost = l.Lost
	for _, s := range l.Strings {
		switch r := record.Packed(s); {
		case !r.Valid():
			lost++ // it was too large for the ring, and went away with its process
		case r.Flags()&record.FlagInherited == 0: // the others are in the file that they come from, or logged
			records = append(records, r)
		}
	}
	if l.Deleted {
		return nil, lost + len(records)
	}
	return records, lost
}
