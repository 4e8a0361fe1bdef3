package winsvc

import (
	"strings"

	"golang.org/x/sys/windows/svc/eventlog"
)

// eventLog writes errors of the service that it names to the event log of applications:
// a service has no standard error.
type eventLog string

// errorEvent is the number of the event. EventCreate.exe has the text of those up to 1000.
const errorEvent = 1

// Write implements io.Writer: a call is an event.
func (source eventLog) Write(text []byte) (int, error) {
	log, err := eventlog.Open(string(source))
	if err != nil {
		return 0, err
	}
	defer func() { _ = log.Close() }()
	return len(text), log.Error(errorEvent, strings.TrimRight(string(text), "\n"))
}
