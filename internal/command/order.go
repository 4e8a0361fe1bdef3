package command

import (
	"context"
	"strings"

	"github.com/spf13/cobra"
)

// order is a command that gives the running service an order and prints its report.
func (c *invocation) order(name, short, long string, give func(Service, context.Context) (string, error)) *cobra.Command {
	return &cobra.Command{
		Use:   name,
		Short: short,
		Long:  long,
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			service, err := c.service(cmd)
			if err != nil {
				return err
			}
			return c.printReport(give(service, cmd.Context()))
		},
	}
}

func (p *Program) printReport(report string, err error) error {
	if report != "" {
		p.printf("%s\n", strings.TrimRight(report, "\n"))
	}
	return err
}

// service is the running one that the flags mean.
func (c *invocation) service(cmd *cobra.Command) (Service, error) {
	in, err := c.flags.input(cmd.Flags())
	if err != nil {
		return nil, err
	}
	return c.Service(in)
}
