package command

import (
	"fmt"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/gind/gind/internal/config"
)

// History is the versions of the config that were in force.
type History interface {
	// List has all versions, the oldest first. With an error it has those that
	// can be read.
	List() ([]*config.Version, error)
	// Get reads one.
	Get(number int) (*config.Version, error)
	// Diff lists the keys that differ between two.
	Diff(a, b int) ([]config.Change, error)
}

func (c *invocation) configHistory() *cobra.Command {
	asJSON := false
	cmd := &cobra.Command{
		Use:   "history",
		Short: "List the versions of the config that were in force",
		Long: `List the versions of the config that were in force, the newest last: its number,
when it came into force, who asked for it, and how many keys changed.
"good" is one that the service was well with, "pinned" one that a rollback holds
in force. The service need not run.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			history, err := c.history(cmd)
			if err != nil {
				return err
			}
			list, err := history.List()
			if asJSON {
				for i := range list {
					list[i].Entries = nil // "config show N" has them
				}
				return joined(c.printJSON(list), err)
			}
			if len(list) == 0 && err == nil {
				fmt.Fprintf(c.Err, "%s: no version is kept: the service has not run yet, or has no state directory\n", c.Name)
			}
			return joined(c.printVersions(list), err)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func joined(first, second error) error {
	if first != nil {
		return first
	}
	return second
}

// history is that of the service that the flags mean.
func (c *invocation) history(cmd *cobra.Command) (History, error) {
	in, err := c.flags.input(cmd.Flags())
	if err != nil {
		return nil, err
	}
	return c.History(in)
}

func (p *Program) printVersions(list []*config.Version) error {
	table := tabwriter.NewWriter(p.Out, 0, 8, 2, ' ', 0)
	for _, v := range list {
		fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%s\n",
			v.Number, v.Time.Local().Format(time.DateTime), v.Who, plural(len(v.Changes), "change"), describeVersion(v))
	}
	return table.Flush()
}

func describeVersion(v *config.Version) string {
	text := ""
	if v.Good {
		text = "good"
	}
	if v.RollbackTo > 0 {
		text += fmt.Sprintf(" back to %d", v.RollbackTo)
	}
	if v.Pinned {
		text += " pinned"
	}
	return text
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return strconv.Itoa(n) + " " + word + "s"
}

// number of a version, as it is written on the command line.
func number(text string) (int, error) { return numberOf(text, "a version (see config history)") }

// numberOfReport is that of a crash.
func numberOfReport(text string) (int, error) { return numberOf(text, "a crash (see crashes)") }

func numberOf(text, what string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, usageError{fmt.Errorf("%q is no number of %s", text, what)}
	}
	return n, nil
}
