package supervise

import (
	"context"
	"maps"
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

// load reads the file and the flags. What is wrong is told with its place.
func (r *request) load(ctx context.Context) (*Keys, error) {
	values, err := r.values()
	if err != nil {
		return nil, command.Usage(err)
	}
	loader := config.Loader{Schema: newSchema(), Checks: []func(*config.Snapshot) []*config.Mistake{check}}
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
	for _, spec := range keys.specs() {
		for _, mistake := range spec.Check() {
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
