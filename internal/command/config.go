package command

import (
	"errors"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/gind/gind/internal/config"
)

func (c *invocation) config() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Look at the config",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(c.configShow(), c.configSchema(), c.configHistory(), c.configDiff(), c.configRollback())
	return cmd
}

func (c *invocation) configShow() *cobra.Command {
	asJSON, changed, running := false, false, false
	cmd := &cobra.Command{
		Use:   "show [N]",
		Short: "Print the merged config, each value with where it came from",
		Long: `Print the merged config as the files, the environment and the flags have it now,
each value with where it came from. With N, print version N of the history; with
--running, what is in force in the running service.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			entries, err := c.shown(cmd, args, running)
			if err != nil {
				return err
			}
			if changed {
				entries = withoutDefaults(entries)
			}
			if asJSON {
				return c.printJSON(entries)
			}
			return c.printEntries(entries)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().BoolVar(&changed, "changed", false, "leave defaults out")
	cmd.Flags().BoolVar(&running, "running", false, "print what is in force in the running service")
	c.flags.shorthand(cmd.Flags())
	return cmd
}

// shown are the entries of the present config, of the running service's, or of a
// version of the history.
func (c *invocation) shown(cmd *cobra.Command, args []string, running bool) ([]config.Entry, error) {
	in, err := c.flags.input(cmd.Flags())
	switch {
	case err != nil:
		return nil, err
	case running && len(args) > 0:
		return nil, usageError{errors.New("--running takes no version")}
	case running:
		service, err := c.Service(in)
		if err != nil {
			return nil, err
		}
		return service.Config(cmd.Context())
	case len(args) == 0:
		return c.Show(cmd.Context(), in)
	}
	n, err := number(args[0])
	if err != nil {
		return nil, err
	}
	history, err := c.History(in)
	if err != nil {
		return nil, err
	}
	version, err := history.Get(n)
	if err != nil {
		return nil, err
	}
	return version.Entries, nil
}

func withoutDefaults(all []config.Entry) []config.Entry {
	kept := []config.Entry{}
	for _, e := range all {
		if !e.Default() {
			kept = append(kept, e)
		}
	}
	return kept
}

func (p *Program) printEntries(entries []config.Entry) error {
	table := tabwriter.NewWriter(p.Out, 0, 8, 2, ' ', 0)
	for _, e := range entries {
		note := e.Origin.String()
		if e.Instead != "" {
			note += "; " + e.Instead
		}
		fmt.Fprintf(table, "%s:\t%s\t# %s\n", e.Key, e.Value, note)
	}
	return table.Flush()
}
