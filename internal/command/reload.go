package command

import (
	"strings"

	"github.com/spf13/cobra"
)

func (c *invocation) reload() *cobra.Command {
	return &cobra.Command{
		Use:   "reload",
		Short: "Make the running service read its config again",
		Long: `Make the running service read its config again, and wait for the verdict.

A good config is swapped in and what changed is printed. A bad one changes
nothing: every mistake is printed with its place, and the exit status is 78.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			service, err := c.service(cmd)
			if err != nil {
				return err
			}
			report, err := service.Reload(cmd.Context())
			if report != "" {
				c.printf("%s\n", strings.TrimRight(report, "\n"))
			}
			return err
		},
	}
}

// service is the running one that the flags mean.
func (c *invocation) service(cmd *cobra.Command) (Service, error) {
	in, err := c.flags.input(cmd.Flags())
	if err != nil {
		return nil, err
	}
	return c.Service(in)
}
