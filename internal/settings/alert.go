package settings

import (
	"time"

	"github.com/gind/gind/value"
)

// Alert is one way to tell somebody that the service has failed for good. Which
// of its keys there are depends on its type, as with [HealthCheck].
type Alert struct {
	// Type is how it is told: command (a program is run), webhook (a POST with JSON)
	// or mail (through sendmail).
	Type string `yaml:"type" enum:"command|webhook|mail" since:"0.1"`

	// Timeout bounds one attempt.
	Timeout time.Duration `yaml:"timeout" default:"10s" min:"100ms" max:"10m" since:"0.1"`

	// RetryFor is how long it is tried again where it fails, after 1, 2, 4 s and so
	// on up to 30 s. 0 means once.
	RetryFor time.Duration `yaml:"retry_for" default:"5m" max:"1h" since:"0.1"`

	// Command and its arguments, without a shell (command). The alert is on its
	// standard input as JSON, and in variables: GIND_ALERT_UNIT, GIND_ALERT_RESULT,
	// GIND_ALERT_EXIT_STATUS, GIND_ALERT_SUBJECT, GIND_ALERT_DUMP.
	Command []string `yaml:"command" default:"" of:"command" needs:"command" since:"0.1"`

	// URL that the alert is posted to (webhook). It is a secret, since many a
	// webhook's address is all it takes to post.
	URL value.Secret `yaml:"url" of:"webhook" needs:"webhook" since:"0.1"`

	// Headers of the request by name, each a secret (webhook).
	Headers map[string]value.Secret `yaml:"headers" of:"webhook" since:"0.1"`

	// To lists the addresses of a mail (mail).
	To []string `yaml:"to" default:"" of:"mail" needs:"mail" since:"0.1"`

	// From is the sender's address (mail). Empty: sendmail's own idea.
	From string `yaml:"from" of:"mail" since:"0.1"`

	// Sendmail is the program that takes mails (mail).
	Sendmail string `yaml:"sendmail" default:"/usr/sbin/sendmail" format:"path" of:"mail" since:"0.1"`
}
