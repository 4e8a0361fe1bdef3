package command

import (
	"github.com/spf13/cobra"
)

func (c *invocation) port() *cobra.Command {
	return &cobra.Command{
		Use:   "port [PORT]",
		Short: "Show the port that systemd listens on for the service, or change it",
		Long: `Show the port that systemd listens on for the service, or change it.

With PORT, as root: a drop-in of the socket unit is written, which keeps the addresses
and takes the new port, and socket and service are restarted. If the service does not
answer at the new port, everything is put back.`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			in, err := c.flags.input(cmd.Flags())
			if err != nil {
				return err
			}
			wanted := ""
			if len(args) > 0 {
				wanted = args[0]
			}
			return c.printReport(c.Port(cmd.Context(), in, wanted))
		},
	}
}
