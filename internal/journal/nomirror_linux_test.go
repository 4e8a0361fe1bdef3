package journal

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gind/gind/internal/journal/internal/journaltest"
	"github.com/gind/gind/internal/journal/internal/record"
)

// TestErrorsWaitForRoomInAFullRing: without a mirror too, as when every request panics.
func TestErrorsWaitForRoomInAFullRing(t *testing.T) {
	t.Parallel()
	var out lockedBuffer
	j, log := openStream(t, &out, Options{RingSize: 4 << 10})
	const n = 20
	var all sync.WaitGroup
	err := j.do(func(*writer) { // who is held up until the ring is full
		for i := range n {
			all.Go(func() { log.Error("x", "i", i, "stack", strings.Repeat("s", 800)) })
		}
		for deadline := time.Now().Add(10 * time.Second); len(j.line) == 0 && time.Now().Before(deadline); {
			time.Sleep(time.Millisecond)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	all.Wait()
	flush(t, j)
	if s := j.Stats(); s.Lost > 0 || s.Sent != n {
		t.Errorf("%d sent and %d lost of %d", s.Sent, s.Lost, n)
	}
}

// fallBehind logs until f, which is stopped, takes no more.
func fallBehind(t *testing.T, j *Journal, f *journaltest.Journald, log func(string, ...any)) {
	t.Helper()
	f.Stop()
	for j.Stats().State == StateOK {
		log("fill")
	}
	if s := j.Stats().State; s != StateBehind {
		t.Fatalf("state %s", s)
	}
}

func TestErrorsWithoutAMirrorAreKeptForABusyTarget(t *testing.T) {
	t.Parallel()
	f := journaltest.NewJournald(t)
	o := toFake(f)
	o.RingSize = 128 << 10 // which is filled, and all of it comes before what is looked for
	j, log := open(t, o)
	fallBehind(t, j, f, log.Info)
	const n = 50
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { log.Error("x", "i", i) })
	}
	all.Wait()
	log.Error("y", "i", n) // though nobody waits for it to be read
	f.Cont()
	f.Await(n, "MESSAGE", "x")
	f.Await(1, "MESSAGE", "y")
	for i := range n + 1 {
		if got := len(f.Where("I", strconv.Itoa(i))); got != 1 {
			t.Errorf("error %d is there %d times", i, got)
		}
	}
}

func TestErrorsWithoutAMirrorAreKeptForATargetThatIsGone(t *testing.T) {
	t.Parallel()
	f := journaltest.NewJournald(t)
	j, log := open(t, toFake(f))
	f.Shut()
	const n = 50
	began := time.Now()
	for i := range n {
		log.Error("x", "i", i)
	}
	if d := time.Since(began); d > 10*awaited {
		t.Errorf("%d errors took %v: it is known that nobody takes them", n, d)
	}
	if err := j.Err(); err == nil {
		t.Error("health is good while errors wait for somebody")
	}
	journaltest.Eventually(t, func() error {
		if got := len(j.Tail(n, 0)); got < n {
			return fmt.Errorf("memory has %d of %d", got, n)
		}
		return nil
	})
	f.Listen()
	f.Await(n, "MESSAGE", "x")
	flush(t, j)
	if s := j.Stats(); s.Lost > 0 || s.Queued != 0 {
		t.Errorf("%+v", s)
	}
}

// TestTargetThatStaysBehindHoldsErrorsUpForABoundedTime: a few of them wait for a
// journald that does not answer, and those after them know.
func TestTargetThatStaysBehindHoldsErrorsUpForABoundedTime(t *testing.T) {
	t.Parallel()
	f := journaltest.NewJournald(t)
	o := toFake(f)
	o.RingSize = 128 << 10 // which is filled, and all of it comes before what is looked for
	j, log := open(t, o)
	fallBehind(t, j, f, log.Info)
	const n = 100
	began := time.Now()
	for range n {
		log.Error("x")
	}
	if d := time.Since(began); d < awaited || d > n*awaited/4 {
		t.Errorf("%d errors took %v", n, d)
	}
	f.Cont()
	f.Await(n, "MESSAGE", "x")
}

// TestWithoutAnywhereToGoRecordsAreCountedAndItIsSaid: once the ring is full of them.
func TestWithoutAnywhereToGoRecordsAreCountedAndItIsSaid(t *testing.T) {
	t.Parallel()
	f := journaltest.NewJournald(t)
	o := toFake(f)
	o.RingSize = 4 << 10
	j, log := open(t, o)
	f.Shut()
	log.Error("x")
	const n = 200
	for range n {
		log.Error("x", "pad", strings.Repeat("p", 100))
	}
	lost := j.Stats().Lost
	if lost == 0 || lost >= n {
		t.Errorf("%d of %d lost in a ring of %d bytes", lost, n, o.RingSize)
	}
	f.Listen()
	f.Await(n+1-int(lost), "MESSAGE", "x")
	r := f.Await(1, "MESSAGE_ID", string(EventLost))[0]
	if said, _ := strconv.ParseUint(r.Get("LOST"), 10, 64); said < lost {
		t.Errorf("%v", r)
	}
}

// TestWhatWaitsForATargetIsHandedOverByClose, if it comes back meanwhile.
func TestWhatWaitsForATargetIsHandedOverByClose(t *testing.T) {
	t.Parallel()
	f := journaltest.NewJournald(t)
	j, log := open(t, toFake(f))
	f.Shut()
	log.Error("x")
	flushed := time.AfterFunc(farewell/10, f.Listen)
	defer flushed.Stop()
	if err := j.Close(); err != nil {
		t.Error(err)
	}
	f.Await(1, "MESSAGE", "x")
}

// TestOutboxKeepsOrderAndPlaces, whatever is taken out of it where.
func TestOutboxKeepsOrderAndPlaces(t *testing.T) {
	var o outbox
	var want []uint64
	for i := range uint64(500) {
		o.add(bytes.Repeat([]byte{byte(i)}, 24), i)
		want = append(want, i)
		switch {
		case i%50 == 49:
			odd := func(p uint64) bool { return p%2 == 1 }
			o.filter(func(r record.Packed) bool { return odd(uint64(r[0])) })
			kept := want[:0]
			for _, p := range want {
				if odd(p) {
					kept = append(kept, p)
				}
			}
			want = kept
		case i%3 == 2:
			o.drop(2)
			want = want[min(2, len(want)):]
		}
		if o.len() != len(want) || o.upTo(1000) != append(want, 1000)[0] {
			t.Fatalf("after %d: %d from %d, want %v", i, o.len(), o.upTo(1000), want)
		}
		for n, r := range o.head(1000) {
			if r[0] != byte(want[n]) {
				t.Fatalf("after %d: number %d is %d, want %v", i, n, r[0], want)
			}
		}
	}
}
