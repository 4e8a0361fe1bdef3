package command

import (
	"runtime"
	"time"

	"github.com/spf13/cobra"
)

func (c *invocation) version() *cobra.Command {
	asJSON := false
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if asJSON {
				return c.printJSON(c.Build)
			}
			c.printf("%s\n", c.versionLine())
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// versionLine is "gind 0.1.0 (1a2b3c4, 2026-11-23T10:00:00Z, go1.26.8)".
func (p *Program) versionLine() string {
	line := p.Name + " " + p.Build.Version + " ("
	if p.Build.Commit != "" {
		line += p.Build.Commit + ", "
	}
	if !p.Build.Date.IsZero() {
		line += p.Build.Date.UTC().Format(time.RFC3339) + ", "
	}
	return line + runtime.Version() + ")"
}
