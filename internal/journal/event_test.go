package journal

import (
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

const catalogPath = "../../packaging/systemd/gind.catalog"

// catalogEntry is one explanation in the catalog (https://systemd.io/CATALOG/).
type catalogEntry struct {
	header map[string]string
	text   string
}

func readCatalog(t *testing.T) map[ID]catalogEntry {
	t.Helper()
	data, err := os.ReadFile(catalogPath)
	if err != nil {
		t.Fatal(err)
	}
	entries := make(map[ID]catalogEntry)
	for _, part := range strings.Split("\n"+string(data), "\n-- ")[1:] {
		id, rest, _ := strings.Cut(part, "\n")
		head, text, _ := strings.Cut(rest, "\n\n")
		e := catalogEntry{header: make(map[string]string), text: text}
		for _, line := range strings.Split(head, "\n") {
			name, value, ok := strings.Cut(line, ": ")
			if !ok {
				t.Errorf("%s: %q is no header", id, line)
			}
			e.header[name] = value
		}
		if _, twice := entries[ID(id)]; twice {
			t.Errorf("%s stands there twice", id)
		}
		entries[ID(id)] = e
	}
	return entries
}

// declaredEvents are the constants of event.go, each with its comment.
func declaredEvents(t *testing.T) (names map[ID]string, comments map[ID]string) {
	t.Helper()
	file, err := parser.ParseFile(gotoken.NewFileSet(), "event.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	names, comments = make(map[ID]string), make(map[ID]string)
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || !strings.HasPrefix(spec.Names[0].Name, "Event") {
			return true
		}
		id, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		if other, twice := names[ID(id)]; twice {
			t.Errorf("%s has the identifier of %s", spec.Names[0].Name, other)
		}
		names[ID(id)], comments[ID(id)] = spec.Names[0].Name, spec.Doc.Text()
		return true
	})
	return names, comments
}

func TestCatalogExplainsEveryEventAndNoOther(t *testing.T) {
	names, comments := declaredEvents(t)
	catalog := readCatalog(t)
	valid := regexp.MustCompile(`^[0-9a-f]{32}$`)
	variable := regexp.MustCompile(`@([A-Z_]+)@`)
	for id, name := range names {
		e, ok := catalog[id]
		if !ok {
			t.Errorf("%s (%s) is not in the catalog", name, id)
			continue
		}
		if !valid.MatchString(string(id)) {
			t.Errorf("%s: %q is no MESSAGE_ID", name, id)
		}
		if e.header["Subject"] == "" || e.header["Defined-By"] != "gind" || e.header["Support"] == "" {
			t.Errorf("%s: header %v", name, e.header)
		}
		if !strings.Contains(e.text, "\nWhat to do") && !strings.Contains(e.text, "Nothing is to be done.") {
			t.Errorf("%s: it does not say what to do", name)
		}
		_, listed, _ := strings.Cut(comments[id], "(")
		for _, v := range variable.FindAllStringSubmatch(e.header["Subject"]+e.text, -1) {
			attr := strings.ToLower(v[1])
			if !regexp.MustCompile(`\b` + attr + `\b`).MatchString(listed) {
				t.Errorf("%s: the text shows %s, which its comment does not list", name, v[0])
			}
		}
	}
	for id, e := range catalog {
		if names[id] == "" {
			t.Errorf("the catalog explains %s (%s), which there is not", id, e.header["Subject"])
		}
	}
}
