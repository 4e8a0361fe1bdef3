package schema

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

// group may be null: "log:" with all its lines commented out is.
func (w schemaWriter) group(keys []Key) *jsonSchema {
	group := &jsonSchema{Type: orNull("object"), Properties: map[string]*jsonSchema{}, Additional: false}
	for _, k := range keys {
		key := w.key(k)
		key.Description = strings.TrimSpace(w.about(k) + k.facts())
		group.Properties[k.Name()] = key
	}
	return group
}

// facts are what else an editor is to show of a key, as sentences behind others.
func (k Key) facts() string {
	if k.Type == Group || k.Type == Named {
		return ""
	}
	text := ""
	if bounds := k.Bounds(); bounds != "" {
		text = " " + strings.ToUpper(bounds[:1]) + bounds[1:] + "."
	}
	if k.Live {
		text += " A reload is enough."
	} else {
		text += " Needs a restart."
	}
	if k.Since != "" {
		text += " Since " + k.Since + "."
	}
	return text
}

func orNull(types ...string) []string { return append(types, "null") }

func (w schemaWriter) key(k Key) *jsonSchema {
	switch k.Type {
	case Group:
		return w.group(k.Keys)
	case Named:
		return &jsonSchema{Type: orNull("object"), Additional: w.element(k)}
	case List:
		return &jsonSchema{Type: orNull("array"), Items: w.element(k), Default: listOf(k.Default)}
	default:
		s := w.scalar(k)
		s.Default = defaultOf(k)
		return s
	}
}

// element is the schema of the values in a list or in a mapping of names.
func (w schemaWriter) element(k Key) *jsonSchema {
	if k.Of == Group {
		return w.group(k.Keys)
	}
	k.Type = k.Of
	return w.scalar(k)
}

// patterns of what is written as text, by type and format.
var patterns = map[string]string{
	string(Duration): `^(0|([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+)$`,
	string(Size):     `^(0|[0-9]+ *(B|kB|KB|MB|GB|TB|KiB|MiB|GiB|TiB))$`,
	"address":        `^(unix:[@/].*|.*:[0-9]{1,5})$`,
	"origin":         `^(\*|[A-Za-z][A-Za-z0-9+.-]*://[^/?#@]+)$`,
	"cidr":           `^[0-9A-Fa-f:.]+(/[0-9]{1,3})?$`,
	"name":           `^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$`,
	"url":            `^[A-Za-z][A-Za-z0-9+.-]*://.+$`,
}

func (w schemaWriter) scalar(k Key) *jsonSchema {
	number := func(name string) *jsonSchema {
		return &jsonSchema{Type: orNull(name), Minimum: json.Number(k.Min), Maximum: json.Number(k.Max)}
	}
	switch {
	case k.Type == Duration || k.Type == Size: // 0 needs no unit
		return &jsonSchema{Type: orNull("string", "integer"), Pattern: patterns[string(k.Type)], Minimum: "0", Maximum: "0"}
	case k.Type == Integer:
		return number("integer")
	case k.Type == Number:
		return number("number")
	case k.Type == Boolean:
		return &jsonSchema{Type: orNull("boolean")}
	case len(k.Enum) > 0:
		return &jsonSchema{Type: "string", Enum: k.Enum}
	default:
		return &jsonSchema{Type: orNull("string"), Pattern: patterns[k.Format]}
	}
}

// defaultOf a key in JSON.
func defaultOf(k Key) any {
	switch {
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

// listOf are the values of a list whose default is written with commas.
func listOf(text string) []string {
	list := []string{}
	for part := range strings.SplitSeq(strings.Trim(text, "[]"), ",") {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	return list
}

// Bounds says the bounds of a key, as "from 1s to 24h"; empty if it has none.
func (k Key) Bounds() string {
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
		return "[" + strings.Join(listOf(k.Default), ", ") + "]"
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
