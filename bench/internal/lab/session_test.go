package lab

import (
	"errors"
	"os"
	"slices"
	"testing"
)

func TestRunCleansUpWhateverHappens(t *testing.T) {
	sentinel := errors.New("sentinel")
	for name, test := range map[string]struct {
		end  func(*Session)
		want error
	}{
		"to its end":     {func(*Session) {}, nil},
		"Must":           {func(s *Session) { s.Must(sentinel) }, sentinel},
		"Fatalf":         {func(s *Session) { s.Fatalf("why: %w", sentinel) }, sentinel},
		"Must, no error": {func(s *Session) { s.Must(nil) }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var order []int
			var dir string
			err := Run("", func(s *Session) {
				dir = s.Dir()
				s.Cleanup(func() { order = append(order, 1) })
				s.Cleanup(func() { order = append(order, 2) })
				test.end(s)
			})
			if !errors.Is(err, test.want) {
				t.Errorf("error %v, want %v", err, test.want)
			}
			if !slices.Equal(order, []int{2, 1}) {
				t.Errorf("cleaned up in the order %v", order)
			}
			if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("the folder is still there: %v", err)
			}
		})
	}
}

func TestRunPassesPanicsOnAfterCleaningUp(t *testing.T) {
	cleaned := false
	defer func() {
		if cause := recover(); cause != "a mistake" || !cleaned {
			t.Errorf("recovered %v, cleaned up: %v", cause, cleaned)
		}
	}()
	_ = Run("", func(s *Session) {
		s.Cleanup(func() { cleaned = true })
		panic("a mistake")
	})
}

func TestOnlyChoosesContenders(t *testing.T) {
	err := Run("^gind|caddy", func(s *Session) {
		for label, want := range map[string]bool{"gind, as it comes": true, "caddy": true, "nginx": false} {
			if got := s.Takes(label); got != want {
				t.Errorf("Takes(%q) = %v", label, got)
			}
		}
	})
	if err != nil {
		t.Error(err)
	}
	if err := Run("(", func(*Session) {}); err == nil {
		t.Error("no error for a bad expression")
	}
}

func TestGindsUnitLosesWhatOnlyOneMayHave(t *testing.T) {
	const unit = "[Service]\nType=notify\nBusName=io.github.gind.gind\nSockets=gind.socket gind-control.socket\nExecStart=/usr/bin/gind serve\n"
	if got := standingAlone(unit); got != "[Service]\nType=notify\nExecStart=/usr/bin/gind serve\n" {
		t.Errorf("got %q", got)
	}
}
