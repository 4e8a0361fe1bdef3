package gind

import (
	"context"
	"time"

	"github.com/gind/gind/internal/health"
)

// Check adds a test of health, asked in the background and never by a probe.
// Unless Live or Advisory says otherwise it is a ready-check: the service is ready once
// every one has passed, and /readyz answers 503 while one fails. A name is 1 to
// 63 letters, digits and "._-"; a wrong or taken one fails the start ("shutdown" and "log" are).
//
// The probe is given a context that ends at the check's timeout. What its error
// says is shown to operators and must hold no secret.
func (s *Service) Check(name string, probe func(context.Context) error, options ...CheckOption) {
	defaults := s.service.HealthDefaults()
	c := check{health.Check{
		Name:     name,
		Probe:    probe,
		Interval: defaults.Interval,
		Timeout:  defaults.Timeout,
	}}
	for _, option := range options {
		option(&c)
	}
	s.service.AddCheck(c.Check)
}

// CheckOption changes what is usual for one check.
type CheckOption func(*check)

type check struct{ health.Check }

// Live makes it a live-check: while it fails the service asks to be restarted.
func Live() CheckOption { return func(c *check) { c.Kind = health.Live } }

// Advisory makes it a check that is shown and decides nothing, for what an
// operator has to mend while the service serves on.
func Advisory() CheckOption { return func(c *check) { c.Kind = health.Advisory } }

// Every sets the time between two runs. Default: health.interval of the config.
func Every(interval time.Duration) CheckOption {
	return func(c *check) { c.Interval = interval }
}

// Within sets the time a run may take. Default: health.timeout of the config.
func Within(timeout time.Duration) CheckOption {
	return func(c *check) { c.Timeout = timeout }
}

// After sets how many failures in a row make the check fail, and how many
// passes in a row make it pass again. Default: 1 and 1.
func After(failures, passes int) CheckOption {
	return func(c *check) { c.Fall, c.Rise = failures, passes }
}
