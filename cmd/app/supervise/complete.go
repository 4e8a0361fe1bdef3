package supervise

import (
	"bytes"
	"context"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// completionTime is how long somebody who has pressed Tab is kept waiting for
// supervisors to say their programs.
const completionTime = time.Second

// Complete says what may follow "gind supervise" in a shell: it asks this command
// line as the shell would if it were a program of its own.
func Complete(ctx context.Context, args []string, begun string) (words []string, files bool) {
	if slices.Contains(args, "--") {
		return nil, true // the words of a program
	}
	var out bytes.Buffer
	root := root(&request{})
	root.SetOut(&out)
	root.SetErr(io.Discard)
	root.SetArgs(slices.Concat([]string{cobra.ShellCompRequestCmd}, args, []string{begun}))
	if err := root.ExecuteContext(ctx); err != nil {
		return nil, true
	}
	// One word a line, and then the directive behind a colon.
	for line := range strings.Lines(out.String()) {
		line = strings.TrimSuffix(line, "\n")
		if directive, last := strings.CutPrefix(line, ":"); last {
			n, err := strconv.Atoi(directive)
			return words, err == nil && cobra.ShellCompDirective(n)&cobra.ShellCompDirectiveNoFileComp == 0
		}
		words = append(words, line)
	}
	return words, true
}

// programNames completes names of programs that are supervised here, with the state of each.
func (r *request) programNames(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	ctx, cancel := context.WithTimeout(cmd.Context(), completionTime)
	defer cancel()
	all, _ := r.remotes(ctx) // who has none has nothing to complete
	var names []string
	for _, one := range all {
		for _, p := range one.programs {
			if !slices.Contains(args, p.Name) {
				names = append(names, cobra.CompletionWithDesc(p.Name, string(p.State)))
			}
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// flagWords are what flags of few words may be. Those that are not here, nor
// those of a path, have a value of the user's own.
var flagWords = map[string][]string{
	"restart":     {"always", "on-failure", "no"},
	"stop-signal": {"SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP", "SIGUSR1", "SIGUSR2"},
}

// flagPaths are those that shells complete names of files for.
var flagPaths = []string{"file", "control", "directory"}

// completeFlags says what the values of a command's own flags are.
func completeFlags(cmd *cobra.Command) {
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if f.Value.Type() != "bool" && !slices.Contains(flagPaths, f.Name) {
			_ = cmd.RegisterFlagCompletionFunc(f.Name, cobra.FixedCompletions(flagWords[f.Name], cobra.ShellCompDirectiveNoFileComp))
		}
	})
}
