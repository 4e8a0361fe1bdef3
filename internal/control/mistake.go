package control

import "github.com/gind/gind/internal/config"

// Mistake is one reason for a refusal, with its place as far as it is known.
type Mistake struct {
	File   string `json:"file,omitempty"`
	Line   int    `json:"line,omitempty"` // from 1; 0 if unknown
	Column int    `json:"column,omitempty"`
	Key    string `json:"key,omitempty"`
	Text   string `json:"text"`
}

// MistakesOf are those of the config that an error is about; none if it is about
// something else.
func MistakesOf(err error) (list []Mistake) {
	for _, m := range config.Mistakes(err) {
		list = append(list, Mistake{File: m.Source, Line: m.Line, Column: m.Column, Key: m.Key, Text: m.Text})
	}
	return list
}
