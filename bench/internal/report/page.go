package report

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

const intro = `# Benchmarks

gind beside what it competes with. Each section is written by the command that stands in it, and by nothing else:
run the command, and the section is your machine's. Ratios are of medians in one run; contenders take turns within it
(A B C A B C …), so that what else the machine does strikes all of them alike.
`

// Replace writes a section of a page between its two markers, where it stands
// already, or else at the page's end. A page that is not there is begun. The
// rest of the page stays as it is.
func Replace(page, name, section string) error {
	text, err := os.ReadFile(page)
	if errors.Is(err, fs.ErrNotExist) {
		text, err = []byte(intro), nil
	}
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	replaced, err := replace(string(text), name, section)
	if err != nil {
		return fmt.Errorf("report: %s: %w", page, err)
	}
	if err := os.WriteFile(page, []byte(replaced), 0o644); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}

func replace(page, name, section string) (string, error) {
	begin, end := "<!-- begin "+name+" -->\n", "<!-- end "+name+" -->\n"
	section = begin + strings.TrimRight(section, "\n") + "\n" + end
	before, rest, found := strings.Cut(page, begin)
	if !found {
		return strings.TrimRight(page, "\n") + "\n\n" + section, nil
	}
	_, after, found := strings.Cut(rest, end)
	if !found {
		return "", fmt.Errorf("%q has no %q after it", strings.TrimSpace(begin), strings.TrimSpace(end))
	}
	return before + section + after, nil
}
