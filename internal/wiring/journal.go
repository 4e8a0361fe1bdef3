package wiring

import (
	"github.com/gind/gind/internal/journal"
	"github.com/gind/gind/internal/sdnotify"
	"github.com/gind/gind/internal/settings"
)

// Journal has the options of a service's log.
func Journal(service string, keys *settings.Settings) (journal.Options, error) {
	o, err := keys.Log.Journal(service, sdnotify.Directory("LOGS_DIRECTORY"))
	o.RingDir = sdnotify.Directory("RUNTIME_DIRECTORY")
	return o, err
}
