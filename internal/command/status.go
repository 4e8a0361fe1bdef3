package command

import (
	"encoding/json"
	"strings"

	"github.com/spf13/cobra"
)

func (c *invocation) status() *cobra.Command {
	asJSON := false
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show what the running service does",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			service, err := c.service(cmd)
			if err != nil {
				return err
			}
			text, value, err := service.Status(cmd.Context())
			if err != nil {
				return err
			}
			if asJSON {
				return c.printJSON(value)
			}
			c.printf("%s\n", strings.TrimRight(text, "\n"))
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (p *Program) printJSON(value any) error {
	encoder := json.NewEncoder(p.Out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}
