package process

import (
	"fmt"
	"time"
)

// tree is a job.
type tree struct{ job *job }

func (t *tree) kill(p *Process, deadline time.Time) error {
	defer t.job.close() //nolint:errcheck // the job is empty, or the error below says more
	for pause := time.Millisecond; ; pause = min(2*pause, 50*time.Millisecond) {
		left, err := t.job.active()
		if err != nil || left == 0 {
			return err
		}
		if err := t.job.terminate(); err != nil {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%d processes of %d: still there after they were ended", left, p.pid)
		}
		time.Sleep(pause)
	}
}

func (t *tree) memory(*Process) (bytes uint64) {
	for _, pid := range t.job.members() {
		bytes += workingSet(pid)
	}
	return bytes
}

func (t *tree) members(*Process) []int { return t.job.members() }
