package sdnotify

import "time"

// extension is what ExtendWhile asks for at a time. It asks again after a
// third of it, so that two lost messages do no harm.
const extension = 15 * time.Second

// ExtendWhile runs f and meanwhile keeps extending the manager's timeout, for
// a start or a drain that may be slow. It asks for nothing beyond limit from
// now: if f is still running then, the manager ends the service as it would
// have without. f itself is not interrupted.
func (n *Notifier) ExtendWhile(limit time.Duration, f func() error) error {
	if !n.Enabled() {
		return f()
	}
	done := make(chan struct{})
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		n.keepExtending(time.Now().Add(limit), done)
	}()
	defer func() {
		close(done)
		<-finished
	}()
	return f()
}

// keepExtending sends until end or done. A lost message is not reported: the
// next one follows, and nobody could do more.
func (n *Notifier) keepExtending(end time.Time, done <-chan struct{}) {
	tick := time.NewTicker(extension / 3)
	defer tick.Stop()
	for {
		left := time.Until(end)
		if left <= 0 {
			return
		}
		_ = n.Extend(min(left, extension))
		select {
		case <-done:
			return
		case <-tick.C:
		}
	}
}
