package document

// Tree is what one layer says: a mapping, a list or a scalar, each with its place.
type Tree struct {
	Kind     Kind
	Text     string // of a scalar
	Quoted   bool   // a scalar that is text whatever it looks like
	Explicit bool   // a null that is written, and not a value left out
	Broken   bool   // it could not be read, and that has been told
	List     []*Tree
	Fields   map[string]*Tree
	Keys     []string // of fields, in order
	Place    Place
	Key      Place // of the key in a mapping
}

// Kind of a tree.
type Kind int

// The kinds of trees. Null is a value left out, or null.
const (
	Null Kind = iota
	Scalar
	List
	Mapping
)

// String is the kind for people, as "a list".
func (k Kind) String() string {
	return [...]string{"nothing", "a single value", "a list", "a mapping"}[k]
}

// NewMapping makes an empty one.
func NewMapping(place Place) *Tree {
	return &Tree{Kind: Mapping, Fields: map[string]*Tree{}, Place: place}
}

// Size is how many values there are.
func (t *Tree) Size() int {
	n := 1
	for _, item := range t.List {
		n += item.Size()
	}
	for _, field := range t.Fields {
		n += field.Size()
	}
	return n
}

// Set a field, or put another in its place.
func (t *Tree) Set(name string, value *Tree) {
	if _, ok := t.Fields[name]; !ok {
		t.Keys = append(t.Keys, name)
	}
	t.Fields[name] = value
}

// SetPath sets a field below, making the mappings on the way.
func (t *Tree) SetPath(path []string, value *Tree) {
	for _, name := range path[:len(path)-1] {
		next := t.Fields[name]
		if next == nil || next.Kind != Mapping {
			next = NewMapping(value.Place)
			next.Key = value.Key
			t.Set(name, next)
		}
		t = next
	}
	t.Set(path[len(path)-1], value)
}

// At is the value below that a path leads to; nil if there is none.
func (t *Tree) At(path []string) *Tree {
	for _, name := range path {
		if t == nil || t.Kind != Mapping {
			return nil
		}
		t = t.Fields[name]
	}
	return t
}

// underlay adds the fields of base that t has not, as YAML's merge key does.
func (t *Tree) underlay(base *Tree) {
	for _, name := range base.Keys {
		if _, ok := t.Fields[name]; !ok {
			t.Set(name, base.Fields[name])
		}
	}
}

// KeyPlace is where the key of a value stands, or the value where it has none.
func (t *Tree) KeyPlace() Place {
	if t.Key.Source == "" {
		return t.Place
	}
	return t.Key
}
