package sdnotify

import (
	"os"
	"strings"
)

// Directory is the first of the folders that systemd made for the service and named
// in a variable, as RUNTIME_DIRECTORY or LOGS_DIRECTORY (systemd.exec(5),
// RuntimeDirectory=). It is empty where there is none.
func Directory(variable string) string {
	first, _, _ := strings.Cut(os.Getenv(variable), string(os.PathListSeparator))
	return first
}
