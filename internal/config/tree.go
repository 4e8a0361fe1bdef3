package config

// tree is what one layer says: a mapping, a list or a scalar, each with its place.
type tree struct {
	kind     kind
	text     string // of a scalar
	quoted   bool   // a scalar that is text whatever it looks like
	explicit bool   // a null that is written, and not a value left out
	broken   bool   // it could not be read, and that has been told
	list     []*tree
	fields   map[string]*tree
	keys     []string // of fields, in order
	place    Place
	key      Place // of the key in a mapping
}

type kind int

const (
	null kind = iota
	scalar
	list
	mapping
)

func (k kind) String() string {
	return [...]string{"nothing", "a single value", "a list", "a mapping"}[k]
}

func newMapping(place Place) *tree {
	return &tree{kind: mapping, fields: map[string]*tree{}, place: place}
}

// size is how many values there are.
func (t *tree) size() int {
	n := 1
	for _, item := range t.list {
		n += item.size()
	}
	for _, field := range t.fields {
		n += field.size()
	}
	return n
}

// set a field, or put another in its place.
func (t *tree) set(name string, value *tree) {
	if _, ok := t.fields[name]; !ok {
		t.keys = append(t.keys, name)
	}
	t.fields[name] = value
}

// setPath sets a field below, making the mappings on the way.
func (t *tree) setPath(path []string, value *tree) {
	for _, name := range path[:len(path)-1] {
		next := t.fields[name]
		if next == nil || next.kind != mapping {
			next = newMapping(value.place)
			next.key = value.key
			t.set(name, next)
		}
		t = next
	}
	t.set(path[len(path)-1], value)
}

// at is the value below that a path leads to; nil if there is none.
func (t *tree) at(path []string) *tree {
	for _, name := range path {
		if t == nil || t.kind != mapping {
			return nil
		}
		t = t.fields[name]
	}
	return t
}

// underlay adds the fields of base that t has not, as YAML's merge key does.
func (t *tree) underlay(base *tree) {
	for _, name := range base.keys {
		if _, ok := t.fields[name]; !ok {
			t.set(name, base.fields[name])
		}
	}
}

// keyPlace is where the key of a value stands, or the value where it has none.
func (t *tree) keyPlace() Place {
	if t.key.Source == "" {
		return t.place
	}
	return t.key
}
