package journal

import (
	"slices"
	"testing"
	"time"

	"github.com/gind/gind/internal/journal/internal/spool"
)

// TestLimitsAreInOrder: what is waited for is over before whoever waits for it gives up.
func TestLimitsAreInOrder(t *testing.T) {
	times := []time.Duration{linger, patience, spool.Hangs, awaited, confirmEvery, farewell, governorPeriod, idle}
	if !slices.IsSorted(times) {
		t.Errorf("%v", times)
	}
	if linger >= patience || patience >= spool.Hangs || spool.Hangs >= awaited || 2*awaited >= farewell {
		t.Error("a wait is as long as the one that it is a part of")
	}
	if patience >= probeFirst || probeFirst >= probeLast || replayCheck > probeLast || probeLast >= calm {
		t.Error("an outage would be over before the target is tried again")
	}
}

// TestMarksInTheRingAreInOrder: nothing starts a pressure that it keeps up itself.
func TestMarksInTheRingAreInOrder(t *testing.T) {
	marks := []uint64{0, relievedAt, replayAt, heldTo, pressedAt, othersTo, warningsTo, full}
	for i := 1; i < len(marks); i++ {
		if marks[i] <= marks[i-1] {
			t.Errorf("mark %d is %d, behind %d", i, marks[i], marks[i-1])
		}
	}
	if inheritTo >= heldTo || replayTo > pressedAt || wakesAt > pressedAt {
		t.Error("the journal's own work starts a pressure, or the writer sleeps in one")
	}
	if full/4 > full-pressedAt { // the largest that gets no ticket
		t.Error("one record fills what is left of a ring under pressure")
	}
}
