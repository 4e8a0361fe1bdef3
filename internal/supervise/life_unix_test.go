//go:build unix

package supervise

import (
	"syscall"
	"testing"
	"testing/synctest"

	"github.com/gind/gind/internal/supervise/process"
)

func TestSignalsArePassedOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &stage{t: t, script: func(*actor) {}}
		v := s.supervise(Spec{Name: "web"})
		a := s.latest()
		reloaded := make(chan bool, 1)
		v.handle(syscall.SIGUSR1, nil)
		v.handle(syscall.SIGHUP, nil)
		v.handle(syscall.SIGHUP, func() { reloaded <- true })
		<-reloaded
		v.handle(syscall.SIGQUIT, nil)
		for _, want := range []syscall.Signal{syscall.SIGUSR1, syscall.SIGHUP, syscall.SIGQUIT} {
			if got := <-a.signals; got != want {
				t.Errorf("got %v, want %v", got, want)
			}
		}
		v.want(t, Starting)
		a.end(process.Exit{})
		if status := <-v.status; status != 0 {
			t.Errorf("status %d", status)
		}
	})
}
