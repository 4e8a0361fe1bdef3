package config

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// Bounds of one file.
const (
	maxFile  = 1 << 20
	maxNodes = 100_000 // aliases included, as often as they are used
	maxDepth = 64
)

// yamlFile is a file while it is being read.
type yamlFile struct {
	name     string
	lines    []string
	anchors  map[string]ast.Node
	nodes    int
	mistakes []*Mistake
}

// parseYAML reads a document. What it could not read is in the mistakes.
func parseYAML(name string, text []byte) (*tree, []*Mistake) {
	f := &yamlFile{name: name, lines: strings.Split(string(text), "\n"), anchors: map[string]ast.Node{}}
	if line := invalidUTF8(f.lines); line > 0 {
		f.mistake(f.at(line, 1), "not valid UTF-8")
		return nil, f.mistakes
	}
	document, err := parser.ParseBytes(text, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		f.syntax(err)
		return nil, f.mistakes
	}
	root := newMapping(Place{Source: name})
	for _, doc := range document.Docs {
		if doc.Body == nil {
			continue
		}
		top := f.tree(doc.Body, 0)
		switch top.kind {
		case mapping:
			root = merged(root, top)
		case null:
		default:
			f.mistake(top.place, fmt.Sprintf("the file has to be a mapping of keys, not %s", top.kind))
		}
	}
	return root, f.mistakes
}

func invalidUTF8(lines []string) int {
	for i, line := range lines {
		if !utf8.ValidString(line) {
			return i + 1
		}
	}
	return 0
}

func (f *yamlFile) at(line, column int) Place {
	place := Place{Source: f.name, Line: line, Column: column}
	if line >= 1 && line <= len(f.lines) {
		place.excerpt = strings.ReplaceAll(strings.TrimRight(f.lines[line-1], "\r"), "\t", " ")
	}
	return place
}

func (f *yamlFile) of(node ast.Node) Place {
	position := node.GetToken().Position
	return f.at(position.Line, position.Column)
}

func (f *yamlFile) mistake(place Place, text string) {
	f.mistakes = append(f.mistakes, &Mistake{Place: place, Text: text})
}

func (f *yamlFile) syntax(err error) {
	place, text := Place{Source: f.name}, err.Error()
	var located yaml.Error
	if errors.As(err, &located) {
		text = located.GetMessage()
		if token := located.GetToken(); token != nil {
			place = f.at(token.Position.Line, token.Position.Column)
		}
	}
	f.mistake(place, "malformed YAML: "+text)
}

func (f *yamlFile) tree(node ast.Node, depth int) *tree {
	f.nodes++
	if f.nodes > maxNodes || depth > maxDepth {
		if f.nodes != maxNodes+2 { // say it once
			f.mistake(f.of(node), fmt.Sprintf("more than %d values or %d levels, aliases counted as often as they are used", maxNodes, maxDepth))
			f.nodes = maxNodes + 1
		}
		return &tree{kind: null, place: f.of(node)}
	}
	switch n := node.(type) {
	case *ast.MappingNode:
		return f.mapping(n, n.Values, depth)
	case *ast.MappingValueNode:
		return f.mapping(n, []*ast.MappingValueNode{n}, depth)
	case *ast.SequenceNode:
		t := &tree{kind: list, place: f.of(n)}
		for _, item := range n.Values {
			t.list = append(t.list, f.tree(item, depth+1))
		}
		return t
	case *ast.AnchorNode:
		f.anchors[n.Name.String()] = n.Value
		return f.tree(n.Value, depth+1)
	case *ast.AliasNode:
		target, ok := f.anchors[n.Value.String()]
		if !ok {
			f.mistake(f.of(n), fmt.Sprintf("alias *%s has no anchor", n.Value))
			return &tree{kind: null, place: f.of(n)}
		}
		return f.tree(target, depth+1)
	case *ast.TagNode:
		f.mistake(f.of(n), fmt.Sprintf("tags such as %s are not used here", n.Start.Value))
		return &tree{kind: null, place: f.of(n)}
	case *ast.NullNode:
		return &tree{kind: null, place: f.of(n)}
	case *ast.StringNode:
		quoted := n.Token.Value != n.Token.Origin && strings.ContainsAny(n.Token.Origin, `"'`)
		return &tree{kind: scalar, text: n.Value, quoted: quoted, place: f.of(n)}
	case *ast.LiteralNode:
		return &tree{kind: scalar, text: n.Value.Value, quoted: true, place: f.of(n)}
	default:
		return &tree{kind: scalar, text: node.GetToken().Value, place: f.of(n)}
	}
}

func (f *yamlFile) mapping(node ast.Node, values []*ast.MappingValueNode, depth int) *tree {
	t := newMapping(f.of(node))
	for _, value := range values {
		if _, ok := value.Key.(*ast.MergeKeyNode); ok {
			t = merged(f.tree(value.Value, depth+1), t)
			continue
		}
		name := value.Key.GetToken().Value
		place := f.of(value.Key)
		if earlier, ok := t.fields[name]; ok {
			f.mistake(place, fmt.Sprintf("the key %s is there already, on line %d", name, earlier.key.Line))
			continue
		}
		field := f.tree(value.Value, depth+1)
		field.key = place
		t.set(name, field)
	}
	if len(values) > 0 {
		t.place = f.of(values[0].Key)
	}
	return t
}
