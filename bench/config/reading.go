package config

import (
	"context"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/spf13/viper"

	"github.com/gind/gind/bench/internal/lab"
	"github.com/gind/gind/bench/internal/report"
	"github.com/gind/gind/bench/internal/sample"
	"github.com/gind/gind/internal/config"
)

const (
	reads      = 2_000_000
	readRounds = 15
)

// shop is a section of an application.
type shop struct {
	Limit int `yaml:"limit" default:"3"`
}

// reader reads a setting so many times. Each is a loop of its own: a call of a
// function that is not known when it is compiled would cost more than the read.
type reader struct {
	label string
	read  func(times int) (sum int)
}

var sink atomic.Int64

// reading is the table of what a read costs.
func reading(s *lab.Session, dir string) *report.Table {
	readers := []reader{atomicReader(), gindReader(s, dir), lockedReader(), viperReader(s, dir)}
	taken := make([][]float64, len(readers))
	for range readRounds {
		for i, r := range readers {
			begun := time.Now()
			sink.Add(int64(r.read(reads)))
			taken[i] = append(taken[i], float64(time.Since(begun).Nanoseconds())/reads)
		}
	}
	t := report.NewTable("reading", "one read", "fastest round", "allocations")
	for i, r := range readers {
		t.Add(r.label, report.Figure(sample.Median(taken[i]))+" ns", report.Figure(sample.Quantile(taken[i], 0))+" ns",
			testing.AllocsPerRun(1000, func() { sink.Add(int64(r.read(1))) }))
	}
	return t
}

func atomicReader() reader {
	var current atomic.Pointer[shop]
	current.Store(&shop{Limit: 3})
	return reader{"atomic pointer (floor)", func(times int) (sum int) {
		for range times {
			sum += current.Load().Limit
		}
		return sum
	}}
}

// gindReader reads as gind.Settings does, whose Load is this one.
func gindReader(s *lab.Session, dir string) reader {
	schema := config.NewSchema(&keys{})
	s.Must(schema.AddSection("shop", &shop{}))
	schema.Close()
	file := filepath.Join(dir, "shop.yaml")
	write(s, file, "shop: {limit: 3}\n")
	store, err := config.Open(context.Background(), &config.Loader{Schema: schema, Sources: []config.Source{config.File{Path: file}}})
	s.Must(err)
	live, err := config.LiveOf[shop](store, "shop")
	s.Must(err)
	return reader{"gind.Settings, Load()", func(times int) (sum int) {
		for range times {
			sum += live.Load().Limit
		}
		return sum
	}}
}

func lockedReader() reader {
	var mu sync.RWMutex
	current := &shop{Limit: 3}
	return reader{"sync.RWMutex", func(times int) (sum int) {
		for range times {
			mu.RLock()
			sum += current.Limit
			mu.RUnlock()
		}
		return sum
	}}
}

func viperReader(s *lab.Session, dir string) reader {
	v := viper.New()
	v.SetConfigFile(filepath.Join(dir, "shop.yaml"))
	s.Must(v.ReadInConfig())
	return reader{"viper, GetInt", func(times int) (sum int) {
		for range times {
			sum += v.GetInt("shop.limit")
		}
		return sum
	}}
}
