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

func TestTheStartCallsAllInTheirOrderUpToTheFirstThatFails(t *testing.T) {
	var hooks Hooks
	var called, shown []string
	if err := hooks.OnStart("", nil); err == nil {
		t.Error("a function without a name was taken")
	}
	for _, name := range []string{"open", "migrate", "warm"} {
		if err := hooks.OnStart(name, func(context.Context) error {
			called = append(called, name)
			if name == "migrate" {
				panic("no table")
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	if err := hooks.OnStart("open", nil); err == nil {
		t.Error("a second function of a name was taken")
	}
	err := hooks.Start(t.Context(), func(name string) { shown = append(shown, name) })
	if err == nil || err.Error() != "start migrate: panic: no table" {
		t.Errorf("%v", err)
	}
	if got := strings.Join(called, " "); got != "open migrate" || strings.Join(shown, " ") != got {
		t.Errorf("called %s, shown %s", got, shown)
	}
	if err := hooks.OnStart("late", nil); err == nil {
		t.Error("a function for a start that is over was taken")
	}
}
