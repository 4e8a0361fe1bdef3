package config

import "errors"

// parseInline reads YAML on one line. All places in it are the one it came from.
func parseInline(text string, place Place) (*tree, error) {
	whole, mistakes := parseYAML("", []byte("value: "+text), nil)
	if len(mistakes) > 0 {
		return nil, errors.New(mistakes[0].Text)
	}
	t := whole.fields["value"]
	t.move(place)
	return t, nil
}

// move puts a tree at one place.
func (t *tree) move(place Place) {
	t.place, t.key = place, place
	for _, item := range t.list {
		item.move(place)
	}
	for _, field := range t.fields {
		field.move(place)
	}
}
