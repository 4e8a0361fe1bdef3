package supervise

import (
	"context"
	"maps"
	"os/exec"
	"slices"
	"strings"

	"github.com/gind/gind/internal/command"
	"github.com/gind/gind/internal/config"
	"github.com/gind/gind/internal/settings"
	"github.com/gind/gind/internal/supervise"
)

// Keys are those of a file of programs.
type Keys struct {
	// Programs by name.
	Programs map[string]supervise.Spec `yaml:"programs" since:"0.1"`

	// Alerts by name: who is told when a program is not restarted any more.
	Alerts map[string]settings.Alert `yaml:"alerts" since:"0.1"`

	// Log says what is logged, and where to.
	Log settings.Log `yaml:"log"`

	// Control is the socket that "gind supervise status" and the like talk to.
	Control settings.Control `yaml:"control"`
}

func newSchema() *config.Schema {
	schema := config.NewSchema(&Keys{})
	schema.Close()
	return schema
}

// load reads the file and the flags. What is wrong is told with its place. So is, where
// complete, what the programs need and the machine does not have: a start is tried again
// by and by, but a check says it, and a reload would stop what runs for it.
func (r *request) load(ctx context.Context, complete bool) (*Keys, error) {
	values, err := r.values()
	if err != nil {
		return nil, command.Usage(err)
	}
	loader := config.Loader{Schema: newSchema(), Checks: []func(*config.Snapshot) []*config.Mistake{check}}
	if complete {
		loader.Checks = append(loader.Checks, missing)
	}
	if r.file != "" {
		loader.Sources = append(loader.Sources, config.File{Path: r.file})
	}
	loader.Sources = append(loader.Sources, values)
	snapshot, err := loader.Load(ctx)
	if err != nil {
		return nil, command.BadConfig(err)
	}
	return snapshot.Value().(*Keys), nil
}

// check finds what the types of the keys do not say.
func check(s *config.Snapshot) (wrong []*config.Mistake) {
	keys := s.Value().(*Keys)
	if len(keys.Programs) == 0 {
		wrong = append(wrong, s.Mistake("programs", "there is none"))
	}
	wrong = append(wrong, settings.CheckAlerts(s, keys.Alerts)...)
	return append(wrong, each(s, supervise.Spec.Check)...)
}

// missing finds what the programs, and those who are told of them, need that is not there.
func missing(s *config.Snapshot) []*config.Mistake {
	wrong := each(s, supervise.Spec.Missing)
	alerts := s.Value().(*Keys).Alerts
	for _, name := range slices.Sorted(maps.Keys(alerts)) {
		if args := alerts[name].Command; alerts[name].Type == "command" && len(args) > 0 {
			if _, err := exec.LookPath(args[0]); err != nil {
				wrong = append(wrong, s.Mistake("alerts."+name+".command", "%v", err))
			}
		}
	}
	return wrong
}

// each has what a look finds wrong with the programs, at its place.
func each(s *config.Snapshot, look func(supervise.Spec) []*supervise.Mistake) (wrong []*config.Mistake) {
	for _, spec := range s.Value().(*Keys).specs() {
		for _, mistake := range look(spec) {
			key := strings.TrimSuffix("programs."+spec.Name+"."+mistake.Key, ".")
			wrong = append(wrong, s.Mistake(key, "%v", mistake.Err))
		}
	}
	return wrong
}

// specs are the programs in the order of their names.
func (k *Keys) specs() (list []supervise.Spec) {
	for _, name := range slices.Sorted(maps.Keys(k.Programs)) {
		spec := k.Programs[name]
		spec.Name = name
		list = append(list, spec)
	}
	return list
}
