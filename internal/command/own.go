package command

import "github.com/spf13/cobra"

func (o Own) command() *cobra.Command {
	return &cobra.Command{
		Use:                o.Name,
		Short:              o.Short,
		DisableFlagParsing: true,
		RunE:               func(cmd *cobra.Command, args []string) error { return o.Run(cmd.Context(), args) },
	}
}
