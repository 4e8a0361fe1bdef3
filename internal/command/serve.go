package command

import "github.com/spf13/cobra"

func (c *invocation) serve() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve until SIGTERM (the default)",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			in, err := c.flags.input(cmd.Flags())
			if err != nil {
				return err
			}
			return c.Serve(cmd.Context(), in)
		},
	}
	c.flags.shorthand(cmd.Flags())
	return cmd
}
