package command

import (
	"github.com/spf13/cobra"
)

func (c *invocation) alert() *cobra.Command {
	return &cobra.Command{
		Use:   "alert UNIT",
		Short: "Tell those in the config's alerts that a unit has failed",
		Long: `Tell those in the config's alerts that a unit has failed: its result and exit
status, the last records of its log, and the report of the crash if there is one.
systemd runs it (OnFailure=gind-alert@%n.service) when it has given the unit up;
by hand it is a test of the alerts. It waits until everybody was told.`,
		Args:    cobra.ExactArgs(1),
		Example: "  " + c.Name + " alert " + c.Name + ".service",
		RunE: func(cmd *cobra.Command, args []string) error {
			in, err := c.flags.input(cmd.Flags())
			if err != nil {
				return err
			}
			report, err := c.Alert(cmd.Context(), in, args[0])
			if report != "" {
				c.printf("%s\n", report)
			}
			return err
		},
	}
}
