package command

import "github.com/spf13/cobra"

// services has the commands by which Windows' service manager is used.
func (c *invocation) services() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "service",
		Short: "Install, uninstall, start and stop the service on Windows",
		Long: `Install, uninstall, start, stop and reload the service on Windows, or show its status.

Elsewhere nothing is done, and what does the same is printed.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	r := &ManageRequest{}
	cmd.PersistentFlags().StringVar(&r.Name, "name", c.Name, "`NAME` of the service")
	install := c.manage(r, ManageInstall, "Install the service, or have it start this program with this config", `Install the service, or have one that is installed start this program with this config.

It starts with the machine and is started again when it fails. A config that --config
names is the service's, too. What an administrator has changed stays.`)
	install.Flags().StringVar(&r.Account, "account", "",
		`ACCOUNT without a password: LocalService, NetworkService, LocalSystem, or DOMAIN\NAME$ (default: NT SERVICE\NAME)`)
	uninstall := c.manage(r, ManageUninstall, "Stop the service, once requests are done, and uninstall it", "")
	for _, cmd := range []*cobra.Command{install, uninstall} {
		cmd.Flags().BoolVar(&r.DryRun, "dry-run", false, "only say what would be done")
	}
	cmd.AddCommand(install, uninstall,
		c.manage(r, ManageStart, "Start the service and wait until it is ready", ""),
		c.manage(r, ManageStop, "Stop the service and wait until requests are done", ""),
		c.manage(r, ManageReload, "Have the service read its config again", "Have the service read its config again. The service's log has the verdict."),
		c.manage(r, ManageStatus, "Say whether the service runs, and how it has ended", ""))
	return cmd
}

// manage is a command that asks the service manager for one thing.
func (c *invocation) manage(r *ManageRequest, action, short, long string) *cobra.Command {
	return &cobra.Command{
		Use:               action,
		Short:             short,
		Long:              long,
		Args:              cobra.NoArgs,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			in, err := c.flags.input(cmd.Flags())
			if err != nil {
				return err
			}
			request := *r
			request.Action = action
			return c.printReport(c.Manage(cmd.Context(), in, request))
		},
	}
}
