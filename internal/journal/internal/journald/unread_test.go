package journald

import (
	"log/slog"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/gind/gind/internal/journal/internal/journaltest"
	"github.com/gind/gind/internal/journal/internal/record"
)

// left are the numbers of the records that u still has.
func left(u *unread) (numbers []string) {
	u.all(func(r record.Packed) { numbers = append(numbers, string(r.Message())) })
	return numbers
}

func TestOnlyWhatCannotHaveBeenReadStaysInDoubt(t *testing.T) {
	for queued, want := range map[int][]string{
		0:   nil,
		9:   nil,
		10:  {"9"},
		35:  {"7", "8", "9"},
		99:  {"1", "2", "3", "4", "5", "6", "7", "8", "9"},
		100: {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"},
		500: {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"},
	} {
		var u unread
		sent := time.Now()
		for i := range 10 {
			u.add(journaltest.Record(time.Now(), slog.LevelInfo, strconv.Itoa(i)), 10, sent)
		}
		u.confirm(queued, sent.Add(Moment))
		if got := left(&u); !slices.Equal(got, want) {
			t.Errorf("%d bytes queued: %q, want %q", queued, got, want)
		}
		if !u.empty() || u.wire != 0 {
			t.Errorf("%d bytes of nothing", u.wire)
		}
	}
}

func TestWhatWasSentThisMomentStaysInDoubt(t *testing.T) {
	var u unread
	start := time.Now()
	for i := range 10 {
		u.add(journaltest.Record(start, slog.LevelInfo, strconv.Itoa(i)), 10, start.Add(time.Duration(i)*Moment/10))
	}
	u.confirm(0, start.Add(Moment+Moment/2))
	if got, want := left(&u), []string{"6", "7", "8", "9"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestRecordThatWentInAFileIsReadWhenTheQueueIsEmpty, even as the last one: else it
// would be asked for each second for ever, and spilled when journald is restarted.
func TestRecordThatWentInAFileIsReadWhenTheQueueIsEmpty(t *testing.T) {
	var u unread
	sent := time.Now()
	u.add(journaltest.Record(sent, slog.LevelInfo, "small"), 10, sent)
	u.add(journaltest.Record(sent, slog.LevelInfo, "in a file"), 0, sent)
	u.confirm(5, sent.Add(Moment))
	if u.empty() || u.wire != 0 {
		t.Errorf("%d bytes in doubt while its message may be queued", u.wire)
	}
	u.confirm(0, sent.Add(Moment/2))
	if u.empty() {
		t.Error("read beyond doubt within the moment")
	}
	u.confirm(0, sent.Add(Moment))
	if got := left(&u); len(got) > 0 {
		t.Errorf("still in doubt: %q", got)
	}
}

func TestDoubtIsBounded(t *testing.T) {
	var u unread
	r := journaltest.Record(time.Now(), slog.LevelInfo, "x", slog.String("body", string(make([]byte, 100<<10))))
	for range 1000 {
		u.add(r, len(r), time.Now())
	}
	if n := len(left(&u)); n != unreadBound/len(r) {
		t.Errorf("%d records in doubt", n)
	}
	if cap(u.buf) > 4*unreadBound {
		t.Errorf("%d bytes for them", cap(u.buf))
	}
}
