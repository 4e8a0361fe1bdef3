package command

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func (o Own) command(p *Program) *cobra.Command {
	cmd := &cobra.Command{
		Use:                o.Name,
		Short:              o.Short,
		DisableFlagParsing: true,
		RunE:               func(cmd *cobra.Command, args []string) error { return o.Run(cmd.Context(), args) },
	}
	if o.Complete == nil {
		return cmd
	}
	cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
		words, files := o.Complete(cmd.Context(), args, begun)
		if files {
			return words, cobra.ShellCompDirectiveDefault
		}
		return words, cobra.ShellCompDirectiveNoFileComp
	}
	// The flags of all commands are not this one's: hidden ones of their names keep
	// cobra from completing them.
	(&flags{}).persistent(cmd.Flags(), p)
	cmd.Flags().VisitAll(func(f *pflag.Flag) { f.Hidden = true })
	return cmd
}
