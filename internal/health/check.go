// Package health runs named checks in the background and keeps their verdicts.
//
// Asking for a verdict never runs a check: a probe that asks ten thousand
// times a second costs the service a few atomic loads, and what the checks ask
// (a database, say) nothing at all.
package health

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Defaults of a [Check].
const (
	DefaultInterval = 10 * time.Second
	DefaultTimeout  = 5 * time.Second
	DefaultFall     = 1
	DefaultRise     = 1
)

// Kind says what a failed check means.
type Kind uint8

// The kinds of checks.
const (
	// Ready: send me no traffic. A service starts as not ready.
	Ready Kind = iota
	// Live: restart me. A service starts as alive.
	Live
	// Advisory: tell an operator. Neither a restart nor less traffic would mend
	// it, so it is shown wherever checks are and decides nothing. A service
	// starts as well.
	Advisory

	kinds = iota
)

var kindNames = [kinds]string{"ready", "live", "advisory"}

// String returns "ready", "live" or "advisory".
func (k Kind) String() string {
	if k >= kinds {
		return fmt.Sprintf("unknown (%d)", uint8(k))
	}
	return kindNames[k]
}

// MarshalText writes the kind as String does.
func (k Kind) MarshalText() ([]byte, error) {
	return []byte(k.String()), nil
}

// UnmarshalText reads what MarshalText writes.
func (k *Kind) UnmarshalText(text []byte) error {
	i := slices.Index(kindNames[:], string(text))
	if i < 0 {
		return fmt.Errorf("health: kind %q: not one of %s", text, strings.Join(kindNames[:], ", "))
	}
	*k = Kind(i)
	return nil
}

// Probe asks once whether what it stands for is well; nil means yes. It should
// end when ctx does. Its error is shown to operators as it is: it must hold no
// secret.
type Probe func(ctx context.Context) error

// Check is one named test of health.
type Check struct {
	// Name in paths, metrics and logs: 1 to 63 letters, digits, and "._-"
	// after the first. "shutdown" is taken.
	Name string

	// Kind is Ready unless set.
	Kind Kind

	// Interval between the begins of two runs, 10 s by default. Until a
	// ready-check passes for the first time it runs every second if Interval
	// is longer, so that a start does not wait for it in vain.
	Interval time.Duration

	// Timeout after which a run counts as failed, 5 s by default.
	Timeout time.Duration

	// Jitter is the most that is added to Interval, at random each time, so
	// that many processes do not ask in step. A tenth of Interval by default;
	// negative for none.
	Jitter time.Duration

	// Fall is how many failures in a row make the check fail, 1 by default.
	Fall int

	// Rise is how many passes in a row make a failed check pass, 1 by default.
	// The first pass of all is enough by itself.
	Rise int

	// Probe is never run twice at a time. If it panics the check has failed.
	Probe Probe
}

var validName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$`)

// withDefaults returns c with its zero values replaced, or what is wrong with it.
func (c Check) withDefaults() (Check, error) {
	switch {
	case !validName.MatchString(c.Name):
		return c, fmt.Errorf("health: check %q: a name has 1 to 63 letters, digits, '.', '_' or '-'", c.Name)
	case c.Name == shutdown:
		return c, fmt.Errorf("health: check %q: the name is taken", c.Name)
	case c.Probe == nil:
		return c, fmt.Errorf("health: check %q: no probe", c.Name)
	case c.Kind >= kinds:
		return c, fmt.Errorf("health: check %q: unknown kind %d", c.Name, c.Kind)
	case c.Interval < 0 || c.Timeout < 0 || c.Fall < 0 || c.Rise < 0:
		return c, fmt.Errorf("health: check %q: interval, timeout, fall and rise cannot be negative", c.Name)
	}
	c.Interval = orDefault(c.Interval, DefaultInterval)
	c.Timeout = orDefault(c.Timeout, DefaultTimeout)
	c.Fall = orDefault(c.Fall, DefaultFall)
	c.Rise = orDefault(c.Rise, DefaultRise)
	c.Jitter = max(0, orDefault(c.Jitter, c.Interval/10))
	return c, nil
}

func orDefault[T time.Duration | int](value, otherwise T) T {
	if value == 0 {
		return otherwise
	}
	return value
}
