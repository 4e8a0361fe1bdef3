package command

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"
)

// How many records "logs" shows unless it is told otherwise, and the word for all.
const (
	usualLines = "100"
	all        = "all"
)

func (c *invocation) logs() *cobra.Command {
	request := LogRequest{}
	since, lines := "", ""
	cmd := &cobra.Command{
		Use:   "logs",
		Short: "Show what the service has logged",
		Long: `Show what the service has logged, from its log files and from the memory of the running process.

It needs neither systemd nor access to the journal, only that of the group that may use the
control socket. What it shows is the last of each level and whatever stands in the files:
journalctl has all of it. A service that does not run is read about in its files.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			in, err := c.flags.input(cmd.Flags())
			if err != nil {
				return err
			}
			if request.Since, err = moment(since, time.Now()); err != nil {
				return Usage(err)
			}
			if since != "" && !cmd.Flags().Changed("lines") {
				lines = all
			}
			if request.Lines, err = count(lines); err != nil {
				return Usage(err)
			}
			request.Color = !request.JSON && colored(c.Out)
			request.Out = c.Out
			request.Note = func(text string) { fmt.Fprintf(c.Err, "%s: %s\n", c.Name, text) }
			return c.Logs(cmd.Context(), in, request)
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&request.Level, "priority", "p", "", "show this `LEVEL` and worse: debug, info, notice, warning, err, crit")
	flags.BoolVarP(&request.Follow, "follow", "f", false, "go on with what is logged from now on")
	flags.StringVarP(&lines, "lines", "n", usualLines, "show the last `N` records, or \"all\", which is usual with --since")
	flags.StringVar(&since, "since", "", "show what was logged since a `TIME`: 10m (ago), 15:04, 2006-01-02, \"2006-01-02 15:04:05\", today, yesterday")
	flags.BoolVar(&request.JSON, "json", false, "print JSON, one record a line")
	return cmd
}

// count reads how many records are wanted.
func count(text string) (int, error) {
	if text == all {
		return AllLines, nil
	}
	n, err := strconv.ParseUint(text, 10, 31)
	if err != nil {
		return 0, fmt.Errorf("--lines %q: neither a number nor %q", text, all)
	}
	return int(n), nil
}

// colored is whether w shows colours (https://no-color.org).
func colored(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && isatty.IsTerminal(file.Fd()) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

// moment reads a time as people write it, in their own zone: how long ago, a time of
// today, a day, or both. Empty is the zero time.
func moment(text string, now time.Time) (time.Time, error) {
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	switch text {
	case "":
		return time.Time{}, nil
	case "today":
		return today, nil
	case "yesterday":
		return today.AddDate(0, 0, -1), nil
	}
	if ago, err := time.ParseDuration(strings.TrimPrefix(text, "-")); err == nil {
		return now.Add(-ago), nil
	}
	for _, layout := range []string{time.RFC3339, time.DateTime, "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, text, now.Location()); err == nil {
			return t, nil
		}
	}
	for _, layout := range []string{time.TimeOnly, "15:04"} {
		if t, err := time.ParseInLocation(layout, text, now.Location()); err == nil {
			return time.Date(now.Year(), now.Month(), now.Day(), t.Hour(), t.Minute(), t.Second(), 0, now.Location()), nil
		}
	}
	return time.Time{}, fmt.Errorf(`--since %q: not a time such as 10m, 15:04, 2006-01-02 or "2006-01-02 15:04:05"`, text)
}
