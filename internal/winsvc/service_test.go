package winsvc

import (
	"context"
	"errors"
	"io"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// manager is a service manager that the test plays.
type manager struct {
	t        *testing.T
	service  *Service
	controls chan Control
	mu       sync.Mutex // of told
	told     []Status
	status   int // that the service has ended with
	over     bool
}

// runs has serve run as a service. It is to be called in a bubble of synctest.
func runs(t *testing.T, serve func(context.Context, *Service) int) *manager {
	m := &manager{t: t, service: newService("shop", io.Discard), controls: make(chan Control)}
	go func() {
		m.status = m.service.converse(t.Context(), m.controls, m.tell,
			func(ctx context.Context) int { return serve(ctx, m.service) })
		m.over = true
	}()
	synctest.Wait()
	return m
}

func (m *manager) tell(now Status) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.told = append(m.told, now)
}

// all that it was told, once everybody waits.
func (m *manager) all() []Status {
	synctest.Wait()
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.told)
}

// send a control, which is answered at once.
func (m *manager) send(c Control) Status {
	m.t.Helper()
	before := len(m.all())
	m.controls <- c
	if len(m.all()) == before {
		m.t.Errorf("%s is not answered", controls[c])
	}
	return m.last()
}

func (m *manager) last() Status {
	told := m.all()
	return told[len(told)-1]
}

// TestEveryControlIsAnsweredInEveryState, and leaves or changes the state as its row
// says. It drives the service as the service manager does.
func TestEveryControlIsAnsweredInEveryState(t *testing.T) {
	for c, name := range controls {
		stops := actionOf(Running, c) == drain
		for _, state := range []State{StartPending, Running, StopPending} {
			synctest.Test(t, func(t *testing.T) {
				end := make(chan struct{})
				m := runs(t, func(_ context.Context, s *Service) int {
					if state != StartPending {
						s.Ready()
					}
					if state == StopPending {
						s.Stopping()
					}
					<-end
					return 0
				})
				want := state
				if stops {
					want = StopPending
				}
				if now := m.send(c); now.State != want {
					t.Errorf("%s, when %s: it is %s, want %s", name, state, now.State, want)
				}
				close(end)
				synctest.Wait()
				if !m.over || m.service.now() != (Status{State: Stopped}) {
					t.Errorf("%s, when %s: at the end it is %s", name, state, m.service.now().State)
				}
			})
		}
	}
}

func TestTheServiceStopsWithItsExitStatus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := runs(t, func(ctx context.Context, s *Service) int {
			s.Ready()
			<-ctx.Done()
			return 78
		})
		if now := m.last(); now != (Status{State: Running}) {
			t.Errorf("ready, it is %+v", now)
		}
		m.send(Stop)
		if !m.over || m.status != 78 {
			t.Errorf("over: %v, exit status %d, want 78", m.over, m.status)
		}
	})
}

// TestAStartAndADrainShowProgress, with a check point before each wait hint has passed,
// and none once their time is over.
func TestAStartAndADrainShowProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		why := errors.New("why")
		m := runs(t, func(ctx context.Context, s *Service) int {
			_ = s.ExtendWhile(time.Minute, func() error { time.Sleep(50 * time.Second); return nil })
			s.Ready()
			<-ctx.Done()
			if err := s.ExtendWhile(time.Minute, func() error { time.Sleep(2 * time.Minute); return why }); !errors.Is(err, why) {
				t.Errorf("the drain's error is %v", err)
			}
			return 0
		})
		shown := func(d time.Duration, state State) {
			t.Helper()
			for passed := time.Duration(0); passed < d; {
				before := m.last()
				time.Sleep(before.WaitHint - time.Second)
				passed += before.WaitHint - time.Second
				if now := m.last(); now.State != state || now.CheckPoint <= before.CheckPoint {
					t.Fatalf("%v after %+v it is %+v", passed, before, now)
				}
			}
		}
		shown(40*time.Second, StartPending)
		time.Sleep(30 * time.Second)
		m.send(PreShutdown)
		shown(40*time.Second, StopPending)
		time.Sleep(30 * time.Second)
		before := m.last()
		time.Sleep(30 * time.Second)
		if now := m.last(); now != before {
			t.Errorf("the drain hangs and still shows progress: %+v, then %+v", before, now)
		}
		time.Sleep(time.Minute)
	})
}

// TestOrdersOfAStartAreCarriedOutOnceItIsReady, and a storm of them is one.
func TestOrdersOfAStartAreCarriedOutOnceItIsReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ready, failed := make(chan struct{}), errors.New("disk full")
		reloads, reopens := 0, 0
		var told error
		m := runs(t, func(ctx context.Context, s *Service) int {
			<-ready
			s.Ready()
			s.Run(ctx, Orders{
				Reload: func(string) { reloads++ },
				Reopen: func() error { reopens++; return failed },
				Failed: func(err error) { told = err },
			})
			return 0
		})
		for range 100 {
			m.send(Reload)
			m.send(Reopen)
		}
		if reloads+reopens > 0 {
			t.Error("the service is not ready, and was asked for something")
		}
		close(ready)
		synctest.Wait()
		if reloads != 1 || reopens != 1 || !errors.Is(told, failed) {
			t.Errorf("%d reloads, %d times reopened, told of %v", reloads, reopens, told)
		}
		m.send(ParamChange)
		m.send(Stop)
		m.service.take(Reload, nil)
		if reloads != 2 || !m.over {
			t.Errorf("%d reloads, over: %v", reloads, m.over)
		}
	})
}

func TestWithoutAServiceManagerNothingIsToldAndNothingFails(t *testing.T) {
	var s *Service
	s.Ready()
	s.Stopping()
	s.Run(t.Context(), Orders{})
	why := errors.New("why")
	if err := s.ExtendWhile(time.Minute, func() error { return why }); !errors.Is(err, why) {
		t.Errorf("what ran for long ended with %v, want its own error", err)
	}
}
