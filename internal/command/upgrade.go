package command

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"
)

// Upgrade says which program is to replace the running one.
type Upgrade struct {
	// Force takes it also if it answers worse than the running one.
	Force bool `json:"force,omitempty"`
	// Back is the program before the running one, To one at an absolute path; else it is
	// the one on disk.
	Back bool   `json:"back,omitempty"`
	To   string `json:"to,omitempty"`
}

func (c *invocation) upgrade() *cobra.Command {
	var order Upgrade
	var cmd *cobra.Command
	cmd = c.order("upgrade", "Replace the running process by the program now on disk", `Replace the running process by the program that is now on disk, without a gap.

The new process starts beside the running one. When it is ready, and answers a
request of its own no worse than the running one does, it takes over, and the old
one finishes its requests and sends its connections over. If the new one fails,
everything is as it was, and its own error is printed.

Where the unit starts the program through a link, as gind.service does, the new one
is then on trial for upgrade.confirm (30s): if it crashes, the program before is
started again. --back does that by hand; --to takes a program elsewhere. Both are
for root and the service's own user. The file, every folder above it and every link
on the way have to belong to one of them, and nobody else may be able to write
there. What was chosen is started again after a crash or a boot, until the next
upgrade or package.`,
		func(s Service, ctx context.Context) (string, error) {
			if cmd.Flags().Changed("to") {
				path, err := absolute(order)
				if err != nil {
					return "", err
				}
				order.To = path
			}
			return s.Upgrade(ctx, order)
		})
	cmd.Flags().BoolVar(&order.Force, "force", false, "also if the new process answers with an error (5xx) where the running one does not")
	cmd.Flags().BoolVar(&order.Back, "back", false, "to the program that was in service before")
	cmd.Flags().StringVar(&order.To, "to", "", "to the program at `PATH`")
	return cmd
}

// absolute is the path of the program that an order names, for a service that runs in
// another folder.
func absolute(o Upgrade) (string, error) {
	switch {
	case o.Back:
		return "", Usage(errors.New("--back and --to are two programs: name one"))
	case o.To == "":
		return "", Usage(errors.New("--to names no program"))
	}
	path, err := filepath.Abs(o.To)
	if err != nil {
		return "", fmt.Errorf("--to %s: %w", o.To, err)
	}
	return path, nil
}
