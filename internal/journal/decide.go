package journal

import (
	"log/slog"

	"github.com/gind/gind/internal/journal/internal/record"
	"github.com/gind/gind/internal/journal/line"
)

// Where a record goes is decided here and nowhere else: by decide, which looks at
// nothing but what it is asked with. Whoever has a record (who logs, and the writer)
// asks, tries, and asks again with what that has shown. decide_test.go has the table.

// rank is how much a record matters, from the least.
type rank uint8

const (
	others  rank = iota // info and debug
	notices             // and events of less, by which people find out what a service did
	warnings
	failures // error and worse
)

// origin is where a record comes from.
type origin uint8

const (
	logged    origin = iota // by somebody who may wait
	own                     // by the journal, which waits for nobody
	inherited               // by a process before this one, in whose ring it stays meanwhile
	replayed                // in an outage that is over: it is in the mirror
)

// kind is all of a record that is asked for.
type kind struct {
	rank
	origin
}

func kindOf(r record.Packed) kind {
	k := kind{rank: others}
	switch level := r.Level(); {
	case level >= slog.LevelError:
		k.rank = failures
	case level >= slog.LevelWarn:
		k.rank = warnings
	case level >= LevelNotice || r.Event():
		k.rank = notices
	}
	switch flags := r.Flags(); {
	case flags&record.FlagReplayed != 0:
		k.origin = replayed
	case flags&record.FlagInherited != 0:
		k.origin = inherited
	case flags&record.FlagOwn != 0:
		k.origin = own
	}
	return k
}

// reach is how much of a ring of a size the records of a kind may fill: the last of it
// is for warnings and worse, and then for errors and worse and for what the journal
// has to say. What stands elsewhere too leaves most of it to what does not.
func (k kind) reach(size uint64) uint64 {
	switch {
	case k.origin == replayed:
		return size * replayTo / full
	case k.origin == inherited:
		return size * inheritTo / full
	case k.origin == own || k.rank == failures:
		return size
	case k.rank == warnings:
		return size * warningsTo / full
	}
	return size * othersTo / full
}

// openness is how the target takes records.
type openness uint8

const (
	takes  openness = iota // it does, or is about to be tried
	pauses                 // it does not, since a moment ago
	hangs                  // it is not there, or has not for long: it is no use to wait for it
)

// room is what the mirror takes.
type room uint8

const (
	noMirror   room = iota
	fullMirror      // not even after a while
	openMirror
)

// situation is all that a decision depends on, beside the record.
type situation struct {
	byWriter bool // asked by it, and not by who logs
	closed   bool // nobody takes records any more
	target   openness
	mirror   room

	ringFull bool // up to the mark of the kind
	waited   bool // in vain, for room there

	overRate bool // journald gets no more of these now
	pressed  bool // the ring fills faster than the target takes
	refused  bool // the target will never take this one
	broken   bool // one that was replayed before it was not taken
}

// place is who has a record next.
type place uint8

const (
	nobody   place = iota // it is lost, and counted
	toRing                // where it comes to, or stays
	toTarget              // or is taken for one that it has
	toMirror
	elsewhere // it stands somewhere else, from where it is offered again
)

// wait is what whoever has a record waits for.
type wait uint8

const (
	forNobody wait = iota
	forRoom        // where it goes to, for a bounded time
	forSafety      // and until it is with somebody who survives this process
)

// verdict is what is to be done with a record.
type verdict struct {
	to   place
	mark line.Mark // in the mirror
	wait wait
}

// decide says what is to be done with a record of a kind in a situation.
func decide(k kind, s situation) verdict {
	switch {
	case s.closed:
		return verdict{to: nobody}
	case s.byWriter:
		return decideForWriter(k, s)
	}
	return decideForCaller(k, s)
}

// decideForCaller: into the ring, if that has room and the writer would do with it
// what the caller can't do sooner; else around it.
func decideForCaller(k kind, s situation) verdict {
	v := verdict{wait: forRoom}
	switch {
	case k.origin == own:
		v.wait = forNobody
	case k.origin == logged && k.rank == failures:
		v.wait = forSafety
	}
	spills := v.wait == forSafety && s.target != takes && s.mirror != noMirror // the writer would spill it
	switch {
	case k.origin == replayed && s.target != takes, k.origin >= inherited && s.ringFull:
		v.to = elsewhere
	case !s.ringFull && !spills:
		v.to = toRing
	case s.mirror == openMirror:
		v.to, v.mark = toMirror, line.Spilled
	case v.wait == forSafety && s.target != hangs && !s.waited: // it gets room as soon as there is some
		v.to = toRing
	}
	return v
}

// decideForWriter: to the target, if that takes it; else to the mirror, and where
// there is none it stays where it is as long as that has room.
func decideForWriter(k kind, s situation) verdict {
	spill := verdict{to: toMirror, mark: line.Spilled, wait: forRoom}
	if s.mirror == noMirror {
		spill = verdict{to: nobody}
	}
	behind := s.pressed && k.rank < warnings && s.mirror != noMirror
	switch {
	case k.origin == replayed && s.refused: // it is in the mirror, and there is no use in trying again
		return verdict{to: toTarget}
	case k.origin == replayed && (s.broken || s.target != takes || behind):
		return verdict{to: elsewhere}
	case s.refused:
		return spill
	case s.target != takes && s.mirror == noMirror:
		return verdict{to: toRing}
	case s.target != takes:
		return spill
	case s.overRate && k.rank == others && k.origin != replayed && s.mirror == openMirror:
		return verdict{to: toMirror, mark: line.Governed, wait: forRoom}
	case behind:
		return spill
	}
	return verdict{to: toTarget}
}
