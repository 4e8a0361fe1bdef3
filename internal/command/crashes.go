package command

import (
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
)

// Crashes are the reports of processes that did not end as they were asked to.
type Crashes interface {
	// List has all reports, the oldest first. With an error it has those that can
	// be read.
	List() ([]Crash, error)
	// Get reads one with its text; 0 is the last one.
	Get(number int) (Crash, string, error)
}

// Crash is one report.
type Crash struct {
	Number  int       `json:"number"`
	Time    time.Time `json:"time"`
	PID     int       `json:"pid"`
	Version string    `json:"version"`
	Kind    string    `json:"kind"`
	Reason  string    `json:"reason"`
	Place   string    `json:"place,omitempty"`
	Path    string    `json:"path"`
}

func (c *invocation) crashes() *cobra.Command {
	asJSON := false
	cmd := &cobra.Command{
		Use:   "crashes",
		Short: "List the crashes of the service",
		Long: `List the crashes of the service, the newest last: its number, when it was, the
process, how it ended, the reason, and the line of the program that is to blame
as far as it can be told. The service need not run.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			crashes, err := c.crashReports(cmd)
			if err != nil {
				return err
			}
			list, err := crashes.List()
			if asJSON {
				return joined(c.printJSON(list), err)
			}
			return joined(c.printCrashes(list), err)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.AddCommand(c.crashesShow())
	return cmd
}

func (c *invocation) crashReports(cmd *cobra.Command) (Crashes, error) {
	in, err := c.flags.input(cmd.Flags())
	if err != nil {
		return nil, err
	}
	return c.Crashes(in)
}

func (p *Program) printCrashes(list []Crash) error {
	table := tabwriter.NewWriter(p.Out, 0, 8, 2, ' ', 0)
	for _, crash := range list {
		fmt.Fprintf(table, "%d\t%s\tpid %d\t%s\t%s\n",
			crash.Number, crash.Time.Local().Format(time.DateTime), crash.PID, crash.Kind, describeCrash(crash))
	}
	return table.Flush()
}

func describeCrash(crash Crash) string {
	if crash.Place == "" {
		return crash.Reason
	}
	return crash.Reason + ", at " + crash.Place
}

func (c *invocation) crashesShow() *cobra.Command {
	return &cobra.Command{
		Use:   "show [NUMBER]",
		Short: "Print the report of a crash, by default the last one",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			number := 0
			if len(args) > 0 {
				var err error
				if number, err = numberOfReport(args[0]); err != nil {
					return err
				}
			}
			crashes, err := c.crashReports(cmd)
			if err != nil {
				return err
			}
			crash, text, err := crashes.Get(number)
			if err != nil {
				return err
			}
			c.printf("crash %d of process %d, version %s, on %s\n%s: %s\nin %s\n\n%s", crash.Number, crash.PID, crash.Version,
				crash.Time.Local().Format(time.DateTime), crash.Kind, describeCrash(crash), crash.Path, text)
			return nil
		},
	}
}
