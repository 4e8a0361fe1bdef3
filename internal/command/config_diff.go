package command

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
)

func (c *invocation) configDiff() *cobra.Command {
	asJSON := false
	cmd := &cobra.Command{
		Use:   "diff [A] [B]",
		Short: "Show what differs between two versions of the config",
		Long: `Show the keys that differ between version A and version B of the config. B is the
newest one unless it is given, A the one before B.`,
		Args: cobra.MaximumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			history, err := c.history(cmd)
			if err != nil {
				return err
			}
			a, b, err := between(history, args)
			if err != nil {
				return err
			}
			changes, err := history.Diff(a, b)
			if err != nil {
				return err
			}
			if asJSON {
				return c.printJSON(changes)
			}
			if len(changes) == 0 {
				c.printf("nothing differs\n")
			}
			for _, change := range changes {
				c.printf("%s\n", change)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// between which versions the arguments ask.
func between(history History, args []string) (a, b int, err error) {
	list, err := history.List()
	if len(args) < 2 && len(list) < 2-len(args) {
		return 0, 0, joined(err, errors.New("the history has no two versions"))
	}
	if len(args) == 0 {
		return list[len(list)-2].Number, list[len(list)-1].Number, nil
	}
	if a, err = number(args[0]); err != nil {
		return 0, 0, err
	}
	if len(args) == 1 {
		return a, list[len(list)-1].Number, nil
	}
	b, err = number(args[1])
	return a, b, err
}

func (c *invocation) configRollback() *cobra.Command {
	release := false
	cmd := &cobra.Command{
		Use:   "rollback [N]",
		Short: "Put an earlier version of the config in force",
		Long: `Put version N of the config in force in the running service, as a reload would:
checked, and as a whole or not at all. Without N it is the last good version that
differs from what is in force.

It stays in force over restarts, whatever the files say, until they change or
--release. "status" says so as long as it does.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			version := 0
			if len(args) == 1 {
				if release {
					return usageError{fmt.Errorf("--release takes no version")}
				}
				n, err := number(args[0])
				if err != nil {
					return err
				}
				version = n
			}
			service, err := c.service(cmd)
			if err != nil {
				return err
			}
			report, err := service.Rollback(cmd.Context(), version, release)
			if report != "" {
				c.printf("%s\n", report)
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&release, "release", false, "end a rollback: use what the files say again")
	return cmd
}
