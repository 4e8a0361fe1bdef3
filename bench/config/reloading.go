package config

import (
	"context"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/viper"

	"github.com/gind/gind/bench/internal/lab"
	"github.com/gind/gind/bench/internal/report"
	"github.com/gind/gind/bench/internal/sample"
	"github.com/gind/gind/internal/config"
)

const reloads = 200

// contender reloads a file that alternates between two texts.
type contender struct {
	label  string
	texts  [2]string
	file   string
	reload func() error
}

// reloading is the table of what a reload costs.
func reloading(s *lab.Session, dir string) *report.Table {
	all := [2]string{fileText(0, 0), fileText(1, 1)}
	one := [2]string{fileText(0, 0), fileText(0, 1)}
	none := [2]string{fileText(0, 0), fileText(0, 0)}
	contenders := []contender{
		store(s, dir, "gind, nothing changes", none, nil),
		store(s, dir, "gind, one key changes", one, nil),
		store(s, dir, "gind, all keys change", all, nil),
		store(s, dir, "gind, all keys change, kept in the history", all, &config.History{Dir: filepath.Join(dir, "history")}),
		viperContender(s, dir, all),
	}
	taken := make([][]time.Duration, len(contenders))
	for round := range reloads {
		for i, c := range contenders {
			write(s, c.file, c.texts[(round+1)%2])
			begun := time.Now()
			s.Must(c.reload())
			taken[i] = append(taken[i], time.Since(begun))
		}
	}
	t := report.NewTable("reloading 1,000 keys", "median", "fastest", "99 of 100")
	for i, c := range contenders {
		t.Add(c.label, sample.Median(taken[i]), sample.Quantile(taken[i], 0), sample.Quantile(taken[i], 0.99))
	}
	return t
}

func store(s *lab.Session, dir, label string, texts [2]string, history *config.History) contender {
	schema := config.NewSchema(&keys{})
	s.Must(schema.AddSection(section, &large{}))
	schema.Close()
	file := filepath.Join(dir, strings.ReplaceAll(label, " ", "-")+".yaml")
	write(s, file, texts[0])
	loader := &config.Loader{Schema: schema, Sources: []config.Source{config.File{Path: file}}}
	var options []config.Option
	if history != nil {
		options = append(options, config.WithHistory(history))
	}
	store, err := config.Open(context.Background(), loader, options...)
	s.Must(err)
	return contender{label, texts, file, func() error {
		_, err := store.Reload(context.Background(), "bench")
		return err
	}}
}

func viperContender(s *lab.Session, dir string, texts [2]string) contender {
	file := filepath.Join(dir, "viper.yaml")
	write(s, file, texts[0])
	v := viper.New()
	v.SetConfigFile(file)
	return contender{"viper, all keys change", texts, file, func() error {
		if err := v.ReadInConfig(); err != nil {
			return err
		}
		var all struct {
			Large struct{ Groups map[string]viperGroup }
		}
		return v.Unmarshal(&all)
	}}
}

func viperVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "of an unknown version"
	}
	for _, dep := range info.Deps {
		if dep.Path == "github.com/spf13/viper" {
			return dep.Version
		}
	}
	return "of an unknown version"
}
