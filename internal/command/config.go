package command

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"
)

func (c *invocation) config() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Look at the config",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(c.configShow(), c.configSchema())
	return cmd
}

func (c *invocation) configShow() *cobra.Command {
	asJSON, changed := false, false
	cmd := &cobra.Command{
		Use:   "show",
		Short: "Print the merged config, each value with where it came from",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			in, err := c.flags.input(cmd.Flags())
			if err != nil {
				return err
			}
			entries, err := c.Show(cmd.Context(), in)
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
	c.flags.shorthand(cmd.Flags())
	return cmd
}

func withoutDefaults(all []Entry) []Entry {
	kept := []Entry{}
	for _, e := range all {
		if !e.Default {
			kept = append(kept, e)
		}
	}
	return kept
}

func (p *Program) printEntries(entries []Entry) error {
	table := tabwriter.NewWriter(p.Out, 0, 8, 2, ' ', 0)
	for _, e := range entries {
		fmt.Fprintf(table, "%s:\t%s\t# %s\n", e.Key, e.Value, e.Origin)
	}
	return table.Flush()
}
