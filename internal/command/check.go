package command

import "github.com/spf13/cobra"

func (c *invocation) check() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Say whether the config is good",
		Long: `Say whether the config is good: all layers are read and checked as at a start,
and every mistake is printed with its place. Nothing is started.
The exit status is 0 for a good config and 78 for a bad one.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			in, err := c.flags.input(cmd.Flags())
			if err != nil {
				return err
			}
			if err := c.Check(cmd.Context(), in); err != nil {
				return err
			}
			c.printf("%s: the config is good\n", in.ConfigFile)
			return nil
		},
	}
	c.flags.shorthand(cmd.Flags())
	return cmd
}
