package winsvc

import (
	"fmt"
	"strings"
	"time"
)

// Spec says how a service is to be installed.
type Spec struct {
	// Name of the service, and what it is, in one line.
	Name, Description string
	// Program is a whole path, Args follow it.
	Program string
	Args    []string
	// Account that the service runs as; empty means the one that the service has, or at
	// first its own virtual account.
	Account string
}

// restarts are the recovery actions: pauses before a service that has failed is started
// again. The last one counts for all that follow.
var restarts = []time.Duration{
	time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second, 30 * time.Second,
}

const (
	// forgiven is how long a service has run when its failures are forgotten.
	forgiven = 10 * time.Minute
	// shutdownTime is what the service manager gives a drain when the machine shuts down.
	shutdownTime = 3 * time.Minute
)

// accounts that Windows has by itself, by the names that people use.
var accounts = map[string]string{
	"localservice":   `NT AUTHORITY\LocalService`,
	"networkservice": `NT AUTHORITY\NetworkService`,
	"localsystem":    "LocalSystem",
}

// account is the name that the service manager knows it by. A virtual account is Windows'
// own, has no password, and may do nothing that is not given to it.
func (s Spec) account() string {
	if s.Account == "" {
		return `NT SERVICE\` + s.Name
	}
	if known, is := accounts[strings.ToLower(s.Account)]; is {
		return known
	}
	return s.Account
}

// commandLine is what the service manager starts. The path is quoted with or without
// spaces: an unquoted one may start another program (CWE-428).
func (s Spec) commandLine() string {
	line := `"` + s.Program + `"`
	for _, arg := range s.Args {
		line += " " + quote(arg)
	}
	return line
}

// quote for CommandLineToArgvW, in which backslashes count as such unless a quotation
// mark follows them.
func quote(arg string) string {
	var b strings.Builder
	b.WriteByte('"')
	slashes := 0
	for _, r := range arg {
		switch r {
		case '\\':
			slashes++
			continue
		case '"':
			slashes = 2*slashes + 1
		}
		b.WriteString(strings.Repeat(`\`, slashes))
		b.WriteRune(r)
		slashes = 0
	}
	b.WriteString(strings.Repeat(`\`, 2*slashes))
	b.WriteByte('"')
	return b.String()
}

// pauses is the list of restarts for people.
func pauses() string {
	var list []string
	for _, pause := range restarts {
		list = append(list, pause.String())
	}
	return strings.Join(list, ", ")
}

// lines is what an installation of a new service does.
func (s Spec) lines() []string {
	return []string{
		"command:  " + s.commandLine(),
		"account:  " + s.account(),
		"start:    automatic, delayed",
		fmt.Sprintf("recovery: restart after %s, also when it stops with an error; forgotten after %v", pauses(), forgiven),
		fmt.Sprintf("shutdown: the machine waits %v for the drain", shutdownTime),
		"events:   source " + s.Name + " in the log Application",
	}
}
