package config

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/gind/gind/bench/internal/lab"
	"github.com/gind/gind/value"
)

// keys has no keys of its own: all are in the section.
type keys struct{}

// large is a section with 1,000 keys: 40 groups of 25.
type large struct {
	Groups map[string]group `yaml:"groups"`
}

type group struct {
	A, B, C, D, E time.Duration
	F, G, H, I, J value.Bytes
	K, L, M, N, O int
	P, Q, R, S, T string
	U, V, W, X, Y bool
}

// viperGroup is group for viper, which knows no sizes.
type viperGroup struct {
	A, B, C, D, E time.Duration
	F, G, H, I, J string
	K, L, M, N, O int
	P, Q, R, S, T string
	U, V, W, X, Y bool
}

const groups, section = 40, "large"

// text of a file in which all keys have values of a round but the last, which has
// that of another.
func fileText(round, last int) string {
	var b strings.Builder
	b.WriteString(section + ":\n  groups:\n")
	for g := range groups {
		fmt.Fprintf(&b, "    group%d:\n", g)
		for i, name := range "abcdefghijklmnopqrstuvwxy" {
			value := round
			if g == groups-1 && name == 'y' {
				value = last
			}
			fmt.Fprintf(&b, "      %c: %s\n", name, valueOf(i/5, value))
		}
	}
	return b.String()
}

func valueOf(kind, round int) string {
	return [...]string{
		fmt.Sprintf("%ds", 1+round), fmt.Sprintf("%dKiB", 1+round), fmt.Sprint(round), fmt.Sprintf("text%d", round), fmt.Sprint(round%2 == 0),
	}[kind]
}

func write(s *lab.Session, path, text string) { s.Must(os.WriteFile(path, []byte(text), 0o600)) }
