package config

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gind/gind/internal/config/history"
	"github.com/gind/gind/internal/config/schema"
	"github.com/gind/gind/value"
)

// large is a section with 1,000 keys: 40 groups of 25.
type large struct {
	Groups map[string]largeGroup `yaml:"groups"`
}

type largeGroup struct {
	A, B, C, D, E time.Duration
	F, G, H, I, J value.Bytes
	K, L, M, N, O int
	P, Q, R, S, T string
	U, V, W, X, Y bool
}

func largeFile(round int) string {
	var b strings.Builder
	b.WriteString("large:\n  groups:\n")
	for g := range 40 {
		fmt.Fprintf(&b, "    group%d:\n", g)
		for i, name := range "abcdefghijklmnopqrstuvwxy" {
			value := [...]string{fmt.Sprintf("%ds", 1+round), fmt.Sprintf("%dKiB", 1+round), fmt.Sprint(round), fmt.Sprintf("text%d", round), fmt.Sprint(round%2 == 0)}[i/5]
			fmt.Fprintf(&b, "      %c: %s\n", name, value)
		}
	}
	return b.String()
}

// BenchmarkReload is a reload in which all of 1,000 keys change.
func BenchmarkReload(b *testing.B) {
	for _, kept := range []bool{false, true} {
		b.Run(map[bool]string{false: "memory", true: "history"}[kept], func(b *testing.B) {
			dir := b.TempDir()
			file := filepath.Join(dir, "gind.yaml")
			texts := [2]string{largeFile(0), largeFile(1)}
			write(b, file, texts[0])
			s := schemaWith(b, "large", &large{})
			var options []Option
			if kept {
				options = append(options, WithHistory(&history.History{Dir: filepath.Join(dir, "history"), MaxVersions: 3}))
			}
			store, err := Open(context.Background(), &Loader{Schema: s, Sources: []Source{File{Path: file}}}, options...)
			if err != nil {
				b.Fatal(err)
			}
			for round := 1; b.Loop(); round++ {
				b.StopTimer()
				write(b, file, texts[round%2])
				b.StartTimer()
				o, err := store.Reload(context.Background(), "bench")
				if err != nil || len(o.Changes) != 1000 {
					b.Fatalf("%d changes, %v", len(o.Changes), err)
				}
			}
		})
	}
}

func schemaWith(t testing.TB, name string, prototype any) *schema.Schema {
	t.Helper()
	s := schema.NewSchema(&keys{})
	if err := s.AddSection(name, prototype); err != nil {
		t.Fatal(err)
	}
	s.Close()
	return s
}

var sink int

func liveShop(t testing.TB) *Live[shop] {
	t.Helper()
	store, err := Open(context.Background(), &Loader{Schema: keysSchema(t)})
	if err != nil {
		t.Fatal(err)
	}
	live, err := LiveOf[shop](store, "shop")
	if err != nil {
		t.Fatal(err)
	}
	return live
}

func BenchmarkLiveLoad(b *testing.B) {
	live := liveShop(b)
	sum := 0
	for range b.N { // b.Loop would keep the read from being inlined
		sum += live.Load().MaxProducts
	}
	sink = sum
}

func TestLiveLoadAllocatesNothing(t *testing.T) {
	live := liveShop(t)
	if n := testing.AllocsPerRun(1000, func() { sink += live.Load().MaxProducts }); n != 0 {
		t.Errorf("%v allocations a read", n)
	}
}
