package command

import (
	"context"

	"github.com/spf13/cobra"
)

func (c *invocation) upgrade() *cobra.Command {
	return c.order("upgrade", "Replace the running process by the program now on disk", `Replace the running process by the program that is now on disk, without a gap.

The new process starts beside the running one. When it is ready it takes over,
and the old one finishes its requests and sends its connections over. If the new
one fails, everything is as it was, and its own error is printed.`,
		func(s Service, ctx context.Context) (string, error) { return s.Upgrade(ctx) })
}
