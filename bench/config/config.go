// Package config measures what a live setting costs its reader, and what a
// reload of many keys costs.
package config

import (
	"fmt"

	"github.com/gind/gind/bench/internal/lab"
	"github.com/gind/gind/bench/internal/report"
)

const text = `
*Reading* is one setting, read %s times a round on one core, medians of %d rounds: the floor is an atomic pointer in a
variable of the program. *Reloading* is a file of 1,000 keys in 40 groups of durations, sizes, numbers, texts and
booleans, %d times each, from the call until it is in force: read, checked, compared, told to all. With the history, the
version is on the disk before it is in force (fsync of the file and of its folder). viper's figures are those of
ReadInConfig and Unmarshal, which check nothing but the types; it has no lock between a read and a reload. viper is %s.

%s
%s`

// Run measures and returns the section of the report.
func Run(s *lab.Session) string {
	dir := s.Dir()
	return report.Heading("Config", "cd bench && go run . config") +
		fmt.Sprintf(text, report.Count(reads), readRounds, reloads, viperVersion(), reading(s, dir), reloading(s, dir))
}
