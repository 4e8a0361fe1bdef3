package command

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
)

// Execute runs the command line args (without the program's name) and returns
// the exit status. What went wrong is printed to p.Err.
func (p *Program) Execute(ctx context.Context, args []string) int {
	started := false
	root := p.root()
	root.PersistentPreRun = func(*cobra.Command, []string) { started = true }
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err != nil && !started {
		err = usageError{err}
	}
	p.report(err)
	return ExitStatus(err)
}

// invocation is one call of the program: what its flags say.
type invocation struct {
	*Program
	flags flags
}

// root is the command that a bare call runs: serve.
func (p *Program) root() *cobra.Command {
	call := &invocation{Program: p}
	root := call.serve()
	root.Use = p.Name
	root.Short = p.Short
	root.Long = p.Short + "\n\nWithout a command it serves."
	root.SilenceErrors = true
	root.SilenceUsage = true
	root.CompletionOptions.HiddenDefaultCmd = false
	root.SetOut(p.Out)
	root.SetErr(p.Err)
	call.flags.persistent(root.PersistentFlags(), p)
	root.AddCommand(call.serve(), call.reload(), call.upgrade(), call.status(), call.port(), call.services(), call.logs(), call.check(), call.crashes(), call.alert(), call.config(), call.version())
	for _, own := range p.Own {
		root.AddCommand(own.command(p))
	}
	return root
}

// printf writes to the program's output. A reader that went away is no error of ours.
func (p *Program) printf(format string, args ...any) {
	_, _ = fmt.Fprintf(p.Out, format, args...)
}
