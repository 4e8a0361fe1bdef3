package command

import (
	"context"

	"github.com/spf13/cobra"
)

func (c *invocation) reload() *cobra.Command {
	return c.order("reload", "Make the running service read its config again", `Make the running service read its config again, and wait for the verdict.

A good config is swapped in and what changed is printed. A bad one changes
nothing: every mistake is printed with its place, and the exit status is 78.`,
		func(s Service, ctx context.Context) (string, error) { return s.Reload(ctx) })
}
