package document

import "errors"

// ParseInline reads YAML on one line. All places in it are the one it came from.
func ParseInline(text string, place Place) (*Tree, error) {
	whole, mistakes := Parse("", []byte("value: "+text), nil)
	if len(mistakes) > 0 {
		return nil, errors.New(mistakes[0].Text)
	}
	t := whole.Fields["value"]
	t.move(place)
	return t, nil
}

// move puts a tree at one place.
func (t *Tree) move(place Place) {
	t.Place, t.Key = place, place
	for _, item := range t.List {
		item.move(place)
	}
	for _, field := range t.Fields {
		field.move(place)
	}
}
