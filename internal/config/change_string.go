package config

import "fmt"

// String is such as "log.level: info → debug", with a word if it needs a restart.
func (c Change) String() string {
	line := fmt.Sprintf("%s: %s → %s", c.Key, orNone(c.Old), orNone(c.New))
	if !c.Live {
		line += " (needs a restart)"
	}
	return line
}

func orNone(value string) string {
	if value == "" {
		return "none"
	}
	return value
}
