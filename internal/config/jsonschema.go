package config

import (
	"encoding/json"
	"strconv"
	"strings"
)

// JSONSchema is the schema as editors read it: JSON Schema, draft 2020-12
// (https://json-schema.org/draft/2020-12/json-schema-core). about says what a
// key is for; it may be nil.
func (s *Schema) JSONSchema(title string, about func(Key) string) ([]byte, error) {
	if about == nil {
		about = func(Key) string { return "" }
	}
	w := schemaWriter{about: about}
	root := w.group(s.Keys())
	root.Schema = "https://json-schema.org/draft/2020-12/schema"
	root.Title = title
	text, err := json.MarshalIndent(root, "", "  ")
	return append(text, '\n'), err
}

// jsonSchema is the part of the language that is used, in the order in which a
// person reads it.
type jsonSchema struct {
	Schema      string                 `json:"$schema,omitempty"`
	Title       string                 `json:"title,omitempty"`
	Description string                 `json:"description,omitempty"`
	Type        any                    `json:"type"` // a word, or a list of them
	Default     any                    `json:"default,omitempty"`
	Enum        []string               `json:"enum,omitempty"`
	Pattern     string                 `json:"pattern,omitempty"`
	Minimum     json.Number            `json:"minimum,omitempty"`
	Maximum     json.Number            `json:"maximum,omitempty"`
	Items       *jsonSchema            `json:"items,omitempty"`
	Properties  map[string]*jsonSchema `json:"properties,omitempty"`
	Additional  any                    `json:"additionalProperties,omitempty"` // a schema, or false
}

type schemaWriter struct{ about func(Key) string }

func (w schemaWriter) group(keys []Key) *jsonSchema {
	// A group without a key in it, as "log:" with all its lines commented out, is null.
	group := &jsonSchema{Type: []string{"object", "null"}, Properties: map[string]*jsonSchema{}, Additional: false}
	for _, k := range keys {
		key := w.key(k)
		key.Description = w.about(k)
		group.Properties[k.Name()] = key
	}
	return group
}

func (w schemaWriter) key(k Key) *jsonSchema {
	switch k.Type {
	case Group:
		return w.group(k.Keys)
	case Named:
		return &jsonSchema{Type: []string{"object", "null"}, Additional: w.group(k.Keys)}
	case List:
		return &jsonSchema{Type: []string{"array", "string", "null"}, Items: w.scalar(k, "string"), Default: defaultOf(k)}
	case Boolean:
		return w.scalar(k, "boolean")
	case Integer:
		return w.scalar(k, "integer")
	case Number:
		return w.scalar(k, "number")
	default:
		return w.scalar(k, "string")
	}
}

// patterns of what is written as text; bounds can't be said of them.
var patterns = map[string]string{
	string(Duration): `^(0|([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+)$`,
	string(Size):     `^(0|[0-9]+ *(B|kB|KB|MB|GB|TB|KiB|MiB|GiB|TiB))$`,
	"address":        `^(unix:[@/.].*|.*:[0-9]{1,5})$`,
	"origin":         `^(\*|[A-Za-z][A-Za-z0-9+.-]*://[^/?#@]+)$`,
	"cidr":           `^[0-9A-Fa-f:.]+(/[0-9]{1,3})?$`,
}

func (w schemaWriter) scalar(k Key, name string) *jsonSchema {
	s := &jsonSchema{Type: []string{name, "null"}, Enum: k.Enum, Pattern: patterns[string(k.Type)]}
	if k.Type == Duration || k.Type == Size {
		s.Type = []string{"string", "integer", "null"} // 0 needs no unit
		s.Minimum, s.Maximum = "0", "0"
	}
	if k.Type == Integer || k.Type == Number {
		s.Minimum, s.Maximum = json.Number(k.Min), json.Number(k.Max)
	}
	if len(k.Enum) > 0 {
		s.Type = name
	}
	if s.Pattern == "" {
		s.Pattern = patterns[k.Format]
	}
	if k.Type != List {
		s.Default = defaultOf(k)
	}
	return s
}

// defaultOf a key in JSON.
func defaultOf(k Key) any {
	switch {
	case k.Type == List:
		return listOf(k.Default)
	case k.Default == "":
		return nil
	case k.Type == Boolean:
		return k.Default == "true"
	case k.Type == Integer || k.Type == Number:
		return json.Number(k.Default)
	default:
		return k.Default
	}
}

// listOf are the items of a list that is written as text.
func listOf(text string) []string {
	items := []string{}
	for _, item := range splitList(text) {
		items = append(items, item.text)
	}
	return items
}

// InBounds says the bounds of a key, as "from 1s to 24h"; empty if it has none.
func (k Key) InBounds() string {
	low := k.Min
	if low == "" && (k.Type == Duration || k.Type == Size) {
		low = "0"
	}
	switch {
	case k.Max != "" && low != "":
		return "from " + low + " to " + k.Max
	case k.Max != "":
		return "up to " + k.Max
	case k.Min != "":
		return "from " + low
	default:
		return ""
	}
}

// WrittenDefault is the default as a line of a file has it.
func (k Key) WrittenDefault() string {
	switch {
	case k.Type == List:
		return flow(listOf(k.Default))
	case k.Default == "" && k.Type == Boolean:
		return "false"
	case k.Default == "" && (k.Type == Integer || k.Type == Number):
		return "0"
	case k.Default == "":
		return strconv.Quote("")
	default:
		return k.Default
	}
}

func flow(items []string) string { return "[" + strings.Join(items, ", ") + "]" }
