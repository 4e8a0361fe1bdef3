package document

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/go-multierror"
)

// maxMistakes is how many mistakes are told at once; an alias can repeat one
// without end.
const maxMistakes = 100

// Mistake is one thing that is wrong with the configuration. Its fields and its
// text hold no secret.
type Mistake struct {
	Place
	// Key is the dotted path, as server.read_timeout; empty if there is none.
	Key string `json:"key,omitempty"`
	// Text says what is wrong, and what to write instead.
	Text string `json:"text"`
}

// Error is "file:line:column: key: text".
func (m *Mistake) Error() string {
	var parts []string
	for _, part := range []string{m.String(), m.Key, m.Text} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, ": ")
}

// Excerpt shows the line of the file with the place marked, on two lines, or
// nothing where there is no file. A line that holds a secret is hidden.
func (m *Mistake) Excerpt() string {
	if m.text == nil {
		return ""
	}
	line, column, ok := m.text.show(m.Line, m.Column)
	if !ok {
		return ""
	}
	number := fmt.Sprintf("%5d | ", m.Line)
	return number + line + "\n" + strings.Repeat(" ", len(number)+column-1) + "^"
}

// Together is all mistakes as one error, each on a line of its own: those of a
// file in the order of its lines, the files in the order of the layers. It is
// nil if there are none.
func Together(mistakes []*Mistake) error {
	if len(mistakes) == 0 {
		return nil
	}
	inOrder(mistakes)
	all := &multierror.Error{ErrorFormat: onLines}
	for i, m := range mistakes {
		if i == maxMistakes {
			rest := fmt.Sprintf("%d more mistakes are not shown", len(mistakes)-i)
			all.Errors = append(all.Errors, &Mistake{Text: rest})
			break
		}
		all.Errors = append(all.Errors, m)
	}
	return all
}

func inOrder(mistakes []*Mistake) {
	rank := map[string]int{}
	for _, m := range mistakes {
		if _, ok := rank[m.Source]; !ok {
			rank[m.Source] = len(rank)
		}
	}
	slices.SortStableFunc(mistakes, func(a, b *Mistake) int {
		return cmp.Or(cmp.Compare(rank[a.Source], rank[b.Source]), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}

func onLines(list []error) string {
	texts := make([]string, len(list))
	for i, err := range list {
		texts[i] = err.Error()
	}
	return strings.Join(texts, "\n")
}

// Mistakes are the mistakes in an error of Load; none for an error of another kind.
func Mistakes(err error) []*Mistake {
	var all *multierror.Error
	if !errors.As(err, &all) {
		var one *Mistake
		if errors.As(err, &one) {
			return []*Mistake{one}
		}
		return nil
	}
	var list []*Mistake
	for _, e := range all.Errors {
		list = append(list, Mistakes(e)...)
	}
	return list
}

// Explain is an error of Load for people: each mistake with its line of the file
// and the place marked.
func Explain(err error) string {
	mistakes := Mistakes(err)
	if len(mistakes) == 0 {
		return err.Error()
	}
	var b strings.Builder
	for _, m := range mistakes {
		b.WriteString(m.Error() + "\n")
		if excerpt := m.Excerpt(); excerpt != "" {
			b.WriteString(excerpt + "\n")
		}
	}
	if n := len(mistakes); n > 1 {
		fmt.Fprintf(&b, "%d mistakes\n", n)
	}
	return b.String()
}
