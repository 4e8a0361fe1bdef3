package command

import "github.com/spf13/cobra"

func (c *invocation) configSchema() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of the config, for editors",
		Long: `Print the JSON Schema (2020-12) of the config, for editors. A config file names it
in its first line:

  # yaml-language-server: $schema=/usr/share/gind/gind.schema.json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			text, err := c.Schema(cmd.Context(), Input{})
			if err != nil {
				return err
			}
			_, err = c.Out.Write(text)
			return err
		},
	}
}
