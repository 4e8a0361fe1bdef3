package command

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/gind/gind/internal/config"
)

func (c *invocation) check() *cobra.Command {
	asJSON := false
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Say whether the config is good",
		Long: `Say whether the config is good: all layers are read and checked as at a start,
and every mistake is printed with its place. Nothing is started.
What may be a mistake on this machine, or its unit lacks, is a warning, and the config is good.
The exit status is 0 for a good config and 78 for a bad one.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			in, err := c.flags.input(cmd.Flags())
			if err != nil {
				return err
			}
			warnings, err := c.Check(cmd.Context(), in)
			if asJSON {
				return c.printCheck(in, warnings, err)
			}
			for _, w := range warnings {
				fmt.Fprintf(c.Err, "%s: warning: %s\n", c.Name, w)
			}
			if err != nil {
				return err
			}
			c.printf("%s: the config is good\n", in.ConfigFile)
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON: ok, file, the mistakes and the warnings")
	cmd.Flags().StringVar(&c.flags.file, "file", c.ConfigFile, "`FILE` to check, as --config")
	c.flags.shorthand(cmd.Flags())
	return cmd
}

// checked is what "check --json" prints.
type checked struct {
	OK       bool              `json:"ok"`
	File     string            `json:"file"`
	Mistakes []*config.Mistake `json:"mistakes"`
	Warnings []*config.Mistake `json:"warnings,omitempty"`
}

// printCheck prints the verdict. An error that is no mistake in the config is
// told as by any command.
func (c *invocation) printCheck(in Input, warnings []*config.Mistake, err error) error {
	var bad *ConfigError
	if err != nil && !errors.As(err, &bad) {
		return err
	}
	verdict := checked{OK: err == nil, File: in.ConfigFile, Mistakes: []*config.Mistake{}, Warnings: warnings}
	if bad != nil {
		verdict.Mistakes = bad.Mistakes
		if len(verdict.Mistakes) == 0 {
			verdict.Mistakes = []*config.Mistake{{Text: bad.Error()}}
		}
		err = &Reported{Err: bad}
	}
	if printed := c.printJSON(verdict); printed != nil {
		return printed
	}
	return err
}
