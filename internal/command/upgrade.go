package command

import (
	"context"

	"github.com/spf13/cobra"
)

func (c *invocation) upgrade() *cobra.Command {
	force := false
	cmd := c.order("upgrade", "Replace the running process by the program now on disk", `Replace the running process by the program that is now on disk, without a gap.

The new process starts beside the running one. When it is ready, and answers a
request of its own no worse than the running one does, it takes over, and the old
one finishes its requests and sends its connections over. If the new one fails,
everything is as it was, and its own error is printed.`,
		func(s Service, ctx context.Context) (string, error) { return s.Upgrade(ctx, force) })
	cmd.Flags().BoolVar(&force, "force", false, "also if the new process answers with an error (5xx) where the running one does not")
	return cmd
}
