//go:build unix

package supervise

import (
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gind/gind/internal/supervise/process"
)

// virtual answers SIGQUIT with a dump, as a JVM does, and ends on SIGTERM.
func virtual(dumps *int) func(*actor) {
	return func(a *actor) {
		for {
			select {
			case sig := <-a.signals:
				if sig != syscall.SIGQUIT {
					a.end(signalled(sig))
					return
				}
				*dumps++
			case <-a.done:
				return
			}
		}
	}
}

func TestAProgramThatOnlyDumpsOnSIGQUITGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dumps := 0
		s := &stage{t: t, script: virtual(&dumps)}
		v := s.supervise(Spec{Name: "jvm"})
		time.Sleep(time.Minute)
		for range 3 {
			v.handle(syscall.SIGQUIT, nil)
			time.Sleep(time.Hour)
			v.want(t, Running)
		}
		if all := s.cast(); dumps != 3 || len(all) != 1 || !all[0].running() {
			t.Errorf("%d dumps, %d starts", dumps, len(all))
		}
		// What it does later is no answer to that any more.
		s.latest().end(process.Exit{Code: 1})
		v.want(t, Starting)
		v.finish()
	})
}

func TestAProgramThatEndsOnSIGQUITStaysDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &stage{t: t, script: func(a *actor) {
			<-a.signals
			a.live(5*time.Second, process.Exit{Code: 2})
		}}
		v := s.supervise(Spec{Name: "go"})
		v.handle(syscall.SIGQUIT, nil)
		if status := <-v.status; status != 2 {
			t.Errorf("status %d", status)
		}
	})
}

// TestSIGQUITStopsWhatItIsTheSignalOf, as it is for nginx and PHP.
func TestSIGQUITStopsWhatItIsTheSignalOf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dumps := 0
		s := &stage{t: t, script: virtual(&dumps)}
		v := s.supervise(Spec{Name: "web", Stop: Stop{Signal: "QUIT"}})
		begin := time.Now()
		v.handle(syscall.SIGQUIT, nil)
		if status := <-v.status; status != 128+9 || time.Since(begin) > 11*time.Second {
			t.Errorf("status %d after %v", status, time.Since(begin))
		}
	})
}
