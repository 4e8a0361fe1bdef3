package journal

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/gind/gind/internal/journal/internal/journaltest"
	"github.com/gind/gind/internal/journal/internal/record"
	"github.com/gind/gind/internal/journal/line"
)

// situations are the columns of the table below.
var situations = []situation{
	{closed: true},
	{},
	{target: pauses},
	{target: hangs},
	{ringFull: true},
	{ringFull: true, target: hangs},
	{ringFull: true, waited: true},
	{byWriter: true},
	{byWriter: true, overRate: true},
	{byWriter: true, pressed: true},
	{byWriter: true, target: pauses},
	{byWriter: true, target: hangs, overRate: true, pressed: true},
	{byWriter: true, refused: true},
	{byWriter: true, broken: true},
}

// letters say what is decided.
var letters = map[verdict]byte{
	{}:                                  '-', // lost
	{to: nobody, wait: forRoom}:         '-',
	{to: nobody, wait: forSafety}:       '-',
	{to: toRing}:                        'r', // the ring
	{to: toRing, wait: forRoom}:         'r',
	{to: toRing, wait: forSafety}:       'R', // the ring, and the call returns when it is safe
	{to: toTarget}:                      't', // the target
	{to: elsewhere, wait: forNobody}:    'e', // offered again by whoever has it
	{to: elsewhere, wait: forRoom}:      'e',
	{toMirror, line.Spilled, forNobody}: 'n', // the mirror, if it has room now
	{toMirror, line.Spilled, forRoom}:   'm', // the mirror
	{toMirror, line.Spilled, forSafety}: 'M', // the mirror, and the call returns when it is safe
	{toMirror, line.Governed, forRoom}:  'g', // the mirror, as beyond the rate
}

// decisions is what is decided for each kind, in each situation, with each mirror.
const decisions = `
             | who logs: ring has room | ring is full      | the writer
             | closed open pauses hangs | open hangs waited | open rate pressed pauses hangs,rate,pressed refused broken

openMirror
logged    failures | - R M M | M M M | t t t m m m t
logged    warnings | - r r r | m m m | t t t m m m t
logged    notices  | - r r r | m m m | t t m m m m t
logged    others   | - r r r | m m m | t g m m m m t
own       failures | - r r r | n n n | t t t m m m t
own       warnings | - r r r | n n n | t t t m m m t
own       notices  | - r r r | n n n | t t m m m m t
own       others   | - r r r | n n n | t g m m m m t
inherited failures | - r r r | e e e | t t t m m m t
inherited warnings | - r r r | e e e | t t t m m m t
inherited notices  | - r r r | e e e | t t m m m m t
inherited others   | - r r r | e e e | t g m m m m t
replayed  failures | - r e e | e e e | t t t e e t e
replayed  warnings | - r e e | e e e | t t t e e t e
replayed  notices  | - r e e | e e e | t t e e e t e
replayed  others   | - r e e | e e e | t t e e e t e

fullMirror
logged    failures | - R R - | R - - | t t t m m m t
logged    warnings | - r r r | - - - | t t t m m m t
logged    notices  | - r r r | - - - | t t m m m m t
logged    others   | - r r r | - - - | t t m m m m t
own       failures | - r r r | - - - | t t t m m m t
own       warnings | - r r r | - - - | t t t m m m t
own       notices  | - r r r | - - - | t t m m m m t
own       others   | - r r r | - - - | t t m m m m t
inherited failures | - r r r | e e e | t t t m m m t
inherited warnings | - r r r | e e e | t t t m m m t
inherited notices  | - r r r | e e e | t t m m m m t
inherited others   | - r r r | e e e | t t m m m m t
replayed  failures | - r e e | e e e | t t t e e t e
replayed  warnings | - r e e | e e e | t t t e e t e
replayed  notices  | - r e e | e e e | t t e e e t e
replayed  others   | - r e e | e e e | t t e e e t e

noMirror
logged    failures | - R R R | R - - | t t t r r - t
logged    warnings | - r r r | - - - | t t t r r - t
logged    notices  | - r r r | - - - | t t t r r - t
logged    others   | - r r r | - - - | t t t r r - t
own       failures | - r r r | - - - | t t t r r - t
own       warnings | - r r r | - - - | t t t r r - t
own       notices  | - r r r | - - - | t t t r r - t
own       others   | - r r r | - - - | t t t r r - t
inherited failures | - r r r | e e e | t t t r r - t
inherited warnings | - r r r | e e e | t t t r r - t
inherited notices  | - r r r | e e e | t t t r r - t
inherited others   | - r r r | e e e | t t t r r - t
replayed  failures | - r e e | e e e | t t t e e t e
replayed  warnings | - r e e | e e e | t t t e e t e
replayed  notices  | - r e e | e e e | t t t e e t e
replayed  others   | - r e e | e e e | t t t e e t e
`

func TestDecisions(t *testing.T) {
	t.Parallel()
	origins := map[string]origin{"logged": logged, "own": own, "inherited": inherited, "replayed": replayed}
	ranks := map[string]rank{"failures": failures, "warnings": warnings, "notices": notices, "others": others}
	mirrors := map[string]room{"openMirror": openMirror, "fullMirror": fullMirror, "noMirror": noMirror}
	mirror, cells := noMirror, 0
	for text := range strings.Lines(decisions) {
		row := strings.Fields(strings.ReplaceAll(text, "|", ""))
		if len(row) == 1 {
			mirror = mirrors[row[0]]
		}
		if len(row) != 2+len(situations) {
			continue
		}
		k := kind{ranks[row[1]], origins[row[0]]}
		for i, want := range row[2:] {
			s := situations[i]
			s.mirror = mirror
			cells++
			if got := letters[decide(k, s)]; string(got) != want {
				t.Errorf("%s %s, %+v: %c, want %s", row[0], row[1], s, got, want)
			}
		}
	}
	if want := len(origins) * len(ranks) * len(mirrors) * len(situations); cells != want {
		t.Errorf("%d cells, want %d", cells, want)
	}
}

// TestKindsAreKnownByTheRecord, however it was packed.
func TestKindsAreKnownByTheRecord(t *testing.T) {
	t.Parallel()
	for level, want := range map[slog.Level]rank{
		slog.LevelDebug: others, slog.LevelInfo: others, LevelNotice: notices, slog.LevelWarn: warnings,
		slog.LevelError: failures, LevelEmerg: failures,
	} {
		for flags, origin := range map[uint16]origin{
			0: logged, record.FlagOwn: own, record.FlagInherited: inherited, record.FlagReplayed: replayed,
			record.FlagInherited | record.FlagOwn: inherited, record.FlagReplayed | record.FlagInherited: replayed,
		} {
			r := record.Packed(record.AppendHead(nil, journaltest.SomeTime, level, 0, flags, "m"))
			if got := kindOf(r); got != (kind{want, origin}) {
				t.Errorf("%v, flags %b: %+v", level, flags, got)
			}
		}
	}
	event := record.AppendHead(nil, journaltest.SomeTime, slog.LevelInfo, 0, 0, "m")
	record.MarkEvent(event)
	if got := kindOf(record.Packed(event)); got.rank != notices {
		t.Errorf("an event: %+v", got)
	}
}

// TestReachLeavesTheLastOfTheRingToWhatMattersMost.
func TestReachLeavesTheLastOfTheRingToWhatMattersMost(t *testing.T) {
	t.Parallel()
	const size = 1 << 20
	steps := []kind{{failures, inherited}, {failures, replayed}, {others, logged}, {warnings, logged}, {failures, logged}}
	for i := 1; i < len(steps); i++ {
		if steps[i].reach(size) <= steps[i-1].reach(size) {
			t.Errorf("%+v reaches no further than %+v", steps[i], steps[i-1])
		}
	}
	if (kind{notices, own}).reach(size) != size || (kind{notices, logged}).reach(size) != (kind{others, logged}).reach(size) {
		t.Error("own records, or notices")
	}
}
