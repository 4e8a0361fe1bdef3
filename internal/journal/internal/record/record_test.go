package record

import (
	"encoding/binary"
	"errors"
	"log/slog"
	"syscall"
	"testing"
	"time"
)

// packedOf packs a record for a test.
func packedOf(attrs ...slog.Attr) Packed {
	return AppendAttrs(AppendHead(nil, time.Unix(7, 8), slog.LevelWarn, 9, FlagOwn, "message"), attrs)
}

func someAttrs() []slog.Attr {
	return []slog.Attr{
		slog.String("s", "text"), slog.Int("i", -1), slog.Uint64("u", 1), slog.Float64("f", 0.5), slog.Bool("b", true),
		slog.Duration("d", time.Second), slog.Any("e", errors.Join(errors.New("x"), syscall.ENOSPC)), slog.Any("m", map[string]int{"a": 1}),
		slog.Group("g", slog.Int("i", 1), slog.Group("h", slog.Bool("no", false))), slog.Group("empty"), slog.Any("nothing", nil),
	}
}

func TestHeadIsReadBack(t *testing.T) {
	p := packedOf(someAttrs()...)
	if !p.Time().Equal(time.Unix(7, 8)) || p.Level() != slog.LevelWarn || p.PC() != 9 || p.Flags() != FlagOwn || string(p.Message()) != "message" {
		t.Errorf("%v %v %d %d %q", p.Time(), p.Level(), p.PC(), p.Flags(), p.Message())
	}
	if p.Lane() != LaneWarn || p.Timeless() || p.Replayed() || p.Event() {
		t.Error("flags or lane")
	}
	MarkEvent(p)
	if timeless := Packed(AppendHead(nil, time.Time{}, 0, 0, FlagReplayed, "")); !p.Event() || !timeless.Timeless() || !timeless.Replayed() || !timeless.Time().IsZero() {
		t.Error("flags")
	}
}

func TestWhatIsPackedIsValidAndItsPartsAreOrAreRefused(t *testing.T) {
	p := packedOf(someAttrs()...)
	if !p.Valid() {
		t.Fatal("it is not valid")
	}
	for n := range len(p) {
		if part := p[:n]; part.Valid() {
			readAll(part)
		}
	}
}

func TestRecordOfAnotherProcessClosesItsGroups(t *testing.T) {
	p := Packed(AppendKey(packedOf(), KindOpen, "open")).Of(42)
	ts, open := p.Tokens(), 0
	var last Token
	for ts.Next(&last) {
		switch last.Kind {
		case KindOpen:
			open++
		case KindClose:
			open--
		}
	}
	if open != 0 || string(last.Key) != "previous_pid" || last.Number != 42 || p.PC() != 0 || p.Flags()&FlagInherited == 0 || !p.Valid() {
		t.Errorf("%d open, %s=%d, place %d, flags %d", open, last.Key, last.Number, p.PC(), p.Flags())
	}
}

func readAll(p Packed) {
	_ = p.Message()
	ts := p.Tokens()
	for t := new(Token); ts.Next(t); {
		_ = AppendScalar(nil, t)
	}
}

func FuzzValid(f *testing.F) {
	f.Add([]byte(packedOf(someAttrs()...)))
	f.Fuzz(func(t *testing.T, b []byte) {
		p := Packed(b)
		if !p.Valid() {
			return
		}
		readAll(p)
		if other := p.Of(7); !other.Valid() || binary.LittleEndian.Uint64(other[atPC:]) != 0 {
			t.Errorf("%x", other)
		}
	})
}
