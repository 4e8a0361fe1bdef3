// Package supervise is the command "gind supervise": it reads flags and files,
// and puts together what keeps programs running (internal/supervise), what they
// print (internal/journal), and who may give orders (internal/control).
package supervise

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/gind/gind/internal/command"
	"github.com/gind/gind/internal/supervise"
)

// Trampoline must be the first thing that main does: this program is also what
// its children are on their way to what they will be.
func Trampoline() { supervise.Trampoline() }

// Command runs "gind supervise" with the arguments after these words.
func Command(ctx context.Context, args []string) error {
	root := root(&request{})
	started := false
	root.PersistentPreRun = func(*cobra.Command, []string) { started = true }
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err != nil && !started {
		return command.Usage(err)
	}
	return err
}

const long = `Keep programs running that cannot be changed: one that is given here, or those of
a file. What they print goes to the journal, each line at its own level.

  gind supervise --listen http=:80 --probe http://localhost/healthz -- /usr/bin/shop -v
  gind supervise --file /etc/gind/supervise.yaml
  systemctl enable --now gind-supervise@shop   # /etc/gind/supervise.d/shop.yaml

It is a proper PID 1 of a container, too. SIGTERM stops the program, and the exit
status is the program's own. See docs/supervise.md.`

func root(r *request) *cobra.Command {
	cmd := &cobra.Command{
		Use:           "supervise [flags] -- PROGRAM [ARGUMENT…]",
		Annotations:   map[string]string{cobra.CommandDisplayNameAnnotation: "gind supervise"},
		Short:         "Keep programs running that cannot be changed",
		Long:          long,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := r.program(cmd, args); err != nil {
				return command.Usage(err)
			}
			return serve(cmd.Context(), r)
		},
	}
	cmd.DisableFlagsInUseLine = true
	cmd.CompletionOptions.DisableDefaultCmd = true
	cmd.SetOut(os.Stdout)
	cmd.SetErr(os.Stderr)
	cmd.PersistentFlags().StringVar(&r.control, "control", "", "control socket `PATH` (default: in /run/gind-supervise)")
	r.flags(cmd.Flags())
	completeFlags(cmd)
	cmd.AddCommand(statusCommand(r), resumeCommand(r), replaceCommand(r), reloadCommand(r), stopCommand(r), checkCommand(r), schemaCommand())
	return cmd
}

// program takes the program from the arguments, which follow a "--" so that its
// flags are not taken for ours.
func (r *request) program(cmd *cobra.Command, args []string) error {
	switch {
	case len(args) == 0 && r.file == "":
		return errors.New("no program: give one after \"--\", or a --file")
	case len(args) == 0:
		return nil
	case r.file != "":
		return errors.New("a program and a --file are both given")
	case cmd.ArgsLenAtDash() != 0:
		return fmt.Errorf("unknown command %q (a program stands after \"--\")", args[0])
	}
	r.command = args
	return nil
}

// exit is the exit status of the programs, which nobody needs to be told of.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// ExitStatus is that of gind, too.
func (e exit) ExitStatus() int { return int(e) }

func exitWith(status int) error {
	if status == 0 {
		return nil
	}
	return &command.Reported{Err: exit(status)}
}
