package background

import (
	"context"
	"errors"
	"strings"
	"testing"
)

func TestShutdownGoesBackTheWayOfTheSetupAndNoErrorEndsIt(t *testing.T) {
	var hooks Hooks
	var called []string
	for _, name := range []string{"database", "cache", "queue"} {
		hooks.OnShutdown(func(context.Context) error {
			called = append(called, name)
			if name == "cache" {
				panic("cold")
			}
			return errors.New(name + " is busy")
		})
	}
	err := hooks.ShutDown(t.Context())
	if got := strings.Join(called, " "); got != "queue cache database" {
		t.Errorf("called %s", got)
	}
	if want := "queue is busy\npanic: cold\ndatabase is busy"; err == nil || err.Error() != want {
		t.Errorf("%v\nwant %s", err, want)
	}
}

func TestAReloadAsksAllInTheirOrderAndIsToldAllThatSpeaksAgainstIt(t *testing.T) {
	var hooks Hooks
	if err := hooks.PrepareReload(t.Context()); err != nil {
		t.Errorf("nobody refuses: %v", err)
	}
	hooks.OnReload(func(context.Context) error { return errors.New("first") })
	hooks.OnReload(func(context.Context) error { return nil })
	hooks.OnReload(func(context.Context) error { return errors.New("last") })
	if err := hooks.PrepareReload(t.Context()); err == nil || err.Error() != "first\nlast" {
		t.Errorf("refused with %v", err)
	}
}
