package succession

import (
	"context"
	"fmt"
	"time"

	"github.com/gind/gind/internal/handoff"
	"github.com/gind/gind/internal/journal"
)

// judgeTime is how long this process may take to answer itself. One that takes longer
// is no better than any successor.
const judgeTime = 5 * time.Second

// judge refuses a successor whose answer is worse than that of this process at this
// moment: it says that it can't serve (5xx), and this process does not.
func (s *Succession) judge(ctx context.Context, successor *handoff.Successor, force bool) error {
	theirs := successor.Answer()
	if theirs == nil || !theirs.Failed() {
		return nil
	}
	if force {
		s.Log.Warn("the successor can't serve, and takes over by force", "successor_pid", successor.PID(), "answer", theirs.String())
		return nil
	}
	return s.compare(ctx, *theirs)
}

// compare an answer that says "I can't" with this process's own.
func (s *Succession) compare(ctx context.Context, theirs handoff.Answer) error {
	short, cancel := context.WithTimeout(ctx, judgeTime)
	defer cancel()
	own, err := s.Ask(short)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil, own.Failed():
		s.Log.Log(ctx, journal.LevelNotice, "the successor can't serve, and neither can this process", "answer", theirs.String())
		return nil
	}
	return fmt.Errorf("the new program answers requests with %s, the running one with %s, which serves on (--force takes the new one as it is)", theirs, own)
}
