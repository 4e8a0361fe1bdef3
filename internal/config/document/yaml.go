package document

import (
	"fmt"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// Bounds of one document.
const (
	maxFile   = 1 << 20
	maxTokens = 30_000  // the parser's time grows with their square
	maxNodes  = 100_000 // aliases included, as often as they are used
	maxDepth  = 64
)

// yamlReader makes the tree of one document.
type yamlReader struct {
	name     string
	text     *text
	anchors  map[string]ast.Node
	open     map[string]bool // anchors whose value is being read
	nodes    int
	mistakes []*Mistake
}

// Parse reads a document, of which name is for places. names are those of all keys, and whether one of that
// name holds a secret. What it could not read is in the mistakes; then
// the tree may be nil.
func Parse(name string, text []byte, names map[string]bool) (*Tree, []*Mistake) {
	content := strings.TrimPrefix(string(text), "\uFEFF") // a byte order mark
	r := &yamlReader{name: name, anchors: map[string]ast.Node{}, open: map[string]bool{}}
	r.text = newText(content, names)
	if !r.legible() {
		return nil, r.mistakes
	}
	file := r.parse(content)
	if file == nil {
		return nil, r.mistakes
	}
	root := NewMapping(Place{Source: name})
	for i, document := range file.Docs {
		if document.Body == nil {
			continue
		}
		top := r.read(document.Body, "", 0)
		switch {
		case i > 0:
			r.mistake(top.Place, "", "a second document begins here; a config file has one (take the --- out)")
		case top.Kind == Mapping:
			root = top
		case top.Kind != Null:
			r.mistake(top.Place, "", "the file has to be a mapping of keys, not %s", r.describe(top))
		}
	}
	return root, r.mistakes
}

// describe a value that should have been a mapping.
func (r *yamlReader) describe(top *Tree) string {
	if top.Kind == Scalar {
		return top.Kind.String() + " (write key: value)"
	}
	return top.Kind.String()
}

func (r *yamlReader) at(line, column int) Place {
	return Place{Source: r.name, Line: line, Column: column, text: r.text}
}

func (r *yamlReader) of(node ast.Node) Place { return r.placeOf(node.GetToken()) }

func (r *yamlReader) placeOf(t *token.Token) Place {
	if t == nil || t.Position == nil {
		return Place{Source: r.name}
	}
	return r.at(t.Position.Line, t.Position.Column)
}

func (r *yamlReader) mistake(place Place, key, format string, args ...any) {
	r.mistakes = append(r.mistakes, &Mistake{Place: place, Key: key, Text: fmt.Sprintf(format, args...)})
}

// read makes the tree of a node. path is the key it belongs to.
func (r *yamlReader) read(node ast.Node, path string, depth int) *Tree {
	r.nodes++
	if r.nodes > maxNodes || depth > maxDepth {
		return r.tooMuch(node)
	}
	switch n := node.(type) {
	case *ast.MappingNode:
		return r.mapping(n, n.Values, path, depth)
	case *ast.MappingValueNode:
		return r.mapping(n, []*ast.MappingValueNode{n}, path, depth)
	case *ast.SequenceNode:
		t := &Tree{Kind: List, Place: r.of(n)}
		for i, item := range n.Values {
			t.List = append(t.List, r.read(item, Element(path, i), depth+1))
		}
		return t
	case *ast.AnchorNode:
		return r.anchor(n, path, depth)
	case *ast.AliasNode:
		return r.alias(n, path, depth)
	case *ast.TagNode:
		r.mistake(r.of(n), path, "tags such as %s have no meaning here (take it out)", n.Start.Value)
		return r.broken(node)
	default:
		return r.scalar(node)
	}
}

// tooMuch says once that a bound is exceeded, and reads no further.
func (r *yamlReader) tooMuch(node ast.Node) *Tree {
	if r.nodes <= maxNodes {
		r.mistake(r.of(node), "", "values lie in each other more than %d deep", maxDepth)
	} else if r.nodes == maxNodes+1 {
		r.mistake(r.of(node), "", "more than %d values, aliases counted as often as they are used", maxNodes)
	}
	r.nodes = max(r.nodes, maxNodes+1)
	return r.broken(node)
}

// broken stands for a value that could not be read.
func (r *yamlReader) broken(node ast.Node) *Tree {
	return &Tree{Kind: Null, Broken: true, Place: r.of(node)}
}

func (r *yamlReader) scalar(node ast.Node) *Tree {
	t := &Tree{Kind: Scalar, Place: r.of(node)}
	switch n := node.(type) {
	case *ast.NullNode:
		t.Kind, t.Explicit = Null, n.Token.Type != token.ImplicitNullType
	case *ast.StringNode:
		t.Text = n.Value
		t.Quoted = n.Token.Type == token.SingleQuoteType || n.Token.Type == token.DoubleQuoteType
	case *ast.LiteralNode:
		t.Text, t.Quoted = n.Value.Value, true
	default:
		t.Text = node.GetToken().Value
	}
	return t
}

func (r *yamlReader) anchor(n *ast.AnchorNode, path string, depth int) *Tree {
	name := n.Name.String()
	r.open[name] = true
	t := r.read(n.Value, path, depth+1)
	delete(r.open, name)
	r.anchors[name] = n.Value
	return t
}

func (r *yamlReader) alias(n *ast.AliasNode, path string, depth int) *Tree {
	name := n.Value.String()
	target, ok := r.anchors[name]
	switch {
	case r.open[name]:
		r.mistake(r.of(n), path, "the alias *%s is inside the value that it stands for", name)
	case !ok:
		r.mistake(r.of(n), path, "the alias *%s has no anchor &%s before it", name, name)
	default:
		return r.read(target, path, depth+1)
	}
	return r.broken(n)
}

func (r *yamlReader) mapping(node ast.Node, values []*ast.MappingValueNode, path string, depth int) *Tree {
	t := NewMapping(r.of(node))
	if len(values) > 0 {
		t.Place = r.of(values[0].Key)
	}
	var bases []*Tree
	for _, value := range values {
		if value.Key.IsMergeKey() {
			bases = append(bases, r.bases(value, path, depth)...)
			continue
		}
		r.field(t, value, path, depth)
	}
	for _, base := range bases {
		t.underlay(base)
	}
	return t
}

func (r *yamlReader) field(t *Tree, value *ast.MappingValueNode, path string, depth int) {
	name, place := keyText(value.Key), r.of(value.Key)
	if name == "" {
		r.mistake(place, path, "a key without a name, or with a value for one")
		return
	}
	key := Join(path, name)
	if earlier, ok := t.Fields[name]; ok {
		r.mistake(place, key, "the key is there already, on line %d", earlier.Key.Line)
		return
	}
	field := r.read(value.Value, key, depth+1)
	field.Key = place
	t.Set(name, field)
}

// keyText is the text of a key, or nothing if the key is no single word.
func keyText(key ast.MapKeyNode) string {
	switch k := key.(type) {
	case *ast.StringNode:
		return k.Value
	case *ast.MappingKeyNode, *ast.NullNode, *ast.AliasNode, *ast.AnchorNode, *ast.TagNode:
		return ""
	default:
		return key.GetToken().Value
	}
}

// bases are the mappings that a merge key "<<" names.
func (r *yamlReader) bases(value *ast.MappingValueNode, path string, depth int) (found []*Tree) {
	base := r.read(value.Value, path, depth+1)
	candidates := []*Tree{base}
	if base.Kind == List {
		candidates = base.List
	}
	for _, t := range candidates {
		if t.Kind == Mapping {
			found = append(found, t)
		} else if t.Kind != Null {
			r.mistake(t.Place, path, "<< merges mappings, and this is %s", t.Kind)
		}
	}
	return found
}
