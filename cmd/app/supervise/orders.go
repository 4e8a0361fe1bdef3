package supervise

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/gind/gind/internal/command"
	"github.com/gind/gind/internal/config/schema"
	"github.com/gind/gind/internal/control"
	"github.com/gind/gind/internal/supervise"
)

// remote is a running supervisor, seen through its control socket.
type remote struct {
	path     string
	programs []supervise.Status
}

func (r *remote) call(ctx context.Context, method, path string, in, out any) error {
	client, err := control.Dial(r.path)
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }()
	return client.Call(ctx, method, path, in, out)
}

// remotes are the supervisors that are meant: the one of --control, else all
// that run here. What is only left over is passed over.
func (r *request) remotes(ctx context.Context) ([]*remote, error) {
	paths := controlSockets()
	if r.control != "" {
		paths = []string{r.control}
	}
	var all []*remote
	var failed []error
	for _, path := range paths {
		one := &remote{path: path}
		if err := one.call(ctx, http.MethodGet, "/programs", nil, &one.programs); err != nil {
			failed = append(failed, err)
			continue
		}
		all = append(all, one)
	}
	switch {
	case len(all) > 0:
		return all, nil
	case len(failed) > 0:
		return nil, errors.Join(failed...)
	}
	return nil, fmt.Errorf("no control socket in %s: does a supervisor run?", strings.Join(controlRoots(), " or "))
}

// choose is which of the remotes the names mean, each with its part of them.
func choose(all []*remote, names []string) (map[*remote][]string, error) {
	if len(names) == 0 {
		if len(all) > 1 {
			return nil, command.Usage(errors.New("several supervisors run here: name the programs, or a --control socket"))
		}
		return map[*remote][]string{all[0]: nil}, nil
	}
	chosen := map[*remote][]string{}
	for _, name := range names {
		var owners []*remote
		for _, one := range all {
			if slices.ContainsFunc(one.programs, func(s supervise.Status) bool { return s.Name == name }) {
				owners = append(owners, one)
			}
		}
		switch len(owners) {
		case 0:
			return nil, fmt.Errorf("program %q: nobody supervises it", name)
		case 1:
			chosen[owners[0]] = append(chosen[owners[0]], name)
		default:
			return nil, fmt.Errorf("program %q: several supervisors have one (name a --control socket)", name)
		}
	}
	return chosen, nil
}

func statusCommand(r *request) *cobra.Command {
	asJSON := false
	cmd := &cobra.Command{
		Use:   "status [PROGRAM…]",
		Short: "Show the programs that are supervised here",

		ValidArgsFunction: r.programNames,
		RunE: func(cmd *cobra.Command, names []string) error {
			all, err := r.remotes(cmd.Context())
			if err != nil {
				return err
			}
			programs, err := named(all, names)
			if err != nil {
				return err
			}
			if asJSON {
				encoder := json.NewEncoder(cmd.OutOrStdout())
				encoder.SetIndent("", "  ")
				return encoder.Encode(programs)
			}
			return supervise.WriteTable(cmd.OutOrStdout(), programs, time.Now())
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// named are the programs of those names, or all.
func named(all []*remote, names []string) ([]supervise.Status, error) {
	programs := []supervise.Status{}
	for _, one := range all {
		programs = append(programs, one.programs...)
	}
	if len(names) == 0 {
		return programs, nil
	}
	for _, name := range names {
		if !slices.ContainsFunc(programs, func(s supervise.Status) bool { return s.Name == name }) {
			return nil, fmt.Errorf("program %q: nobody supervises it", name)
		}
	}
	return slices.DeleteFunc(programs, func(s supervise.Status) bool { return !slices.Contains(names, s.Name) }), nil
}

func resumeCommand(r *request) *cobra.Command {
	return r.order("resume [PROGRAM…]", "Start programs again that are down, and forget their crashes", "/resume")
}

func replaceCommand(r *request) *cobra.Command {
	return r.order("replace [PROGRAM…]", "Start a new process beside the old one, and stop that when it is ready", "/replace")
}

func stopCommand(r *request) *cobra.Command {
	return r.order("stop [PROGRAM…]", "Stop programs until they are resumed; without a name, the supervisor", "/stop")
}

func reloadCommand(r *request) *cobra.Command {
	cmd := r.order("reload [PROGRAM]", "Read the file again, and replace or restart what has changed in it", "/reload")
	cmd.Args = cobra.MaximumNArgs(1)
	return cmd
}

// order is a command that gives an order to the supervisors of the programs.
func (r *request) order(use, short, path string) *cobra.Command {
	return &cobra.Command{
		Use:   use,
		Short: short,

		ValidArgsFunction: r.programNames,
		RunE: func(cmd *cobra.Command, names []string) error {
			all, err := r.remotes(cmd.Context())
			if err != nil {
				return err
			}
			chosen, err := choose(all, names)
			if err != nil {
				return err
			}
			var failed []error
			for one, names := range chosen {
				text, err := one.give(cmd.Context(), path, names)
				cmd.Print(text)
				failed = append(failed, err)
			}
			return errors.Join(failed...)
		},
	}
}

// give gives an order, and returns what was answered. A reload is for the whole
// supervisor.
func (r *remote) give(ctx context.Context, path string, names []string) (text string, err error) {
	var in any = order{names}
	if path == "/reload" {
		in = nil
	}
	var verdict control.Verdict
	if err := r.call(ctx, http.MethodPost, path, in, &verdict); err != nil {
		return "", err
	}
	if err := refusal(verdict); err != nil {
		return "", err
	}
	return verdict.Text, nil
}

// refusal is the error of a verdict that is not OK.
func refusal(v control.Verdict) error {
	switch {
	case v.OK:
		return nil
	case len(v.Mistakes) > 0:
		return &command.ConfigError{Err: errors.New(v.Text)}
	}
	return errors.New(v.Text)
}

func checkCommand(r *request) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check FILE",
		Short: "Say whether a file of programs is good",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			r.file = args[0]
			if _, err := r.load(cmd.Context(), true); err != nil {
				return err
			}
			cmd.Printf("%s: the file is good\n", args[0])
			return nil
		},
	}
	return cmd
}

func schemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of a file of programs, for editors",
		Long: `Print the JSON Schema (2020-12) of a file of programs, for editors. A file names it
in its first line:

  # yaml-language-server: $schema=/usr/share/gind/gind-supervise.schema.json`,
		Args:              cobra.NoArgs,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			text, err := newSchema().JSONSchema("supervise.yaml", func(k schema.Key) string { return about[k.Path] })
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(text)
			return err
		},
	}
}
