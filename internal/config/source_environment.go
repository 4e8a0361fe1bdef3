package config

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/joho/godotenv"

	"github.com/gind/gind/internal/config/document"
	"github.com/gind/gind/internal/config/watchfiles"
)

// Environment is the layer of variables: with the prefix "SHOP_",
// SHOP_SERVER_READ_TIMEOUT is server.read_timeout, and SHOP_ALERTS_ON_CALL_URL is
// alerts.on-call.url where another layer has that alert. Variables that are no key's
// are ignored, since applications have some of their own and Kubernetes sets
// others, unless one looks like a key's name with a slip in it.
type Environment struct {
	Prefix string
	// Variables as os.Environ has them.
	Variables []string
}

// Read implements Source.
func (e Environment) Read(_ context.Context, r *Reading) (*Content, error) {
	content := &Content{}
	var mistakes []*document.Mistake
	for _, variable := range e.Variables {
		name, text, _ := strings.Cut(variable, "=")
		place := document.Place{Source: "$" + name}
		a, m := assignment(name, text, e.Prefix, place, r)
		if m != nil {
			mistakes = append(mistakes, m)
		} else if a != nil {
			content.Values = append(content.Values, *a)
		}
	}
	return content, document.Together(mistakes)
}

// assignment is what a variable says; neither an assignment nor a mistake if it
// is not for this configuration.
func assignment(name, text, prefix string, place document.Place, r *Reading) (*Assignment, *document.Mistake) {
	words, ok := strings.CutPrefix(name, prefix)
	if !ok || words == "" {
		return nil, nil
	}
	if key, ok := r.KeyOf(words); ok {
		return &Assignment{Key: key, Text: text, Place: place, Variable: true}, nil
	}
	words = strings.ToLower(words)
	if near := r.schema.Nearest(words); near != "" && !serviceLink.MatchString(name) {
		return nil, &document.Mistake{Place: place, Text: fmt.Sprintf("no key has this name (did you mean %s%s?)", prefix, strings.ToUpper(near))}
	}
	return nil, nil
}

// serviceLink are the variables that Kubernetes and Docker set for services.
var serviceLink = regexp.MustCompile(`_(SERVICE_HOST|SERVICE_PORT(_.*)?|PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)$`)

// DotEnv is the layer of a file with variables, as developers have it beside
// their program. The file need not exist. It is a Watcher.
type DotEnv struct {
	Path, Prefix string
	// Refuse says why a file that sets keys is not to be read, or nothing. value
	// is the text of a key. Nil takes every file.
	Refuse func(value func(key string) string) string
}

// Read implements Source.
func (d DotEnv) Read(_ context.Context, r *Reading) (*Content, error) {
	text, _, err := document.ReadFile(d.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, unreadable(d.Path, err)
	}
	variables, err := parseDotEnv(string(text))
	if err != nil {
		return nil, &document.Mistake{Place: d.malformed(string(text), err), Text: "this is no file of variables (write NAME=value): " + withoutValue(err)}
	}
	content := &Content{}
	var mistakes []*document.Mistake
	lines := strings.Split(string(text), "\n")
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		if !strings.HasPrefix(name, d.Prefix) {
			continue
		}
		a, m := assignment(name, variables[name], d.Prefix, d.place(lines, name), r)
		if m != nil {
			mistakes = append(mistakes, m)
		} else if a != nil {
			content.Values = append(content.Values, *a)
		}
	}
	if refusal := d.refusal(content, r); refusal != nil {
		return nil, refusal
	}
	return content, document.Together(mistakes)
}

// DependsOnOthers implements Dependent.
func (d DotEnv) DependsOnOthers() {}

func (d DotEnv) refusal(content *Content, r *Reading) error {
	if d.Refuse == nil || len(content.Values) == 0 {
		return nil
	}
	if reason := d.Refuse(r.Value); reason != "" {
		return &document.Mistake{Place: content.Values[0].Place, Key: content.Values[0].Key, Text: reason}
	}
	return nil
}

// place of a variable's name in the file. The line is never shown: such files
// are full of secrets.
func (d DotEnv) place(lines []string, name string) document.Place {
	for i, line := range lines {
		start := strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), "export "))
		rest, ok := strings.CutPrefix(start, name)
		if rest = strings.TrimSpace(rest); ok && (strings.HasPrefix(rest, "=") || strings.HasPrefix(rest, ":")) {
			return document.Place{Source: d.Path, Line: i + 1, Column: 1 + strings.Index(line, name)}
		}
	}
	return document.Place{Source: d.Path}
}

// parseDotEnv has the variables of a file. A $ in a value is a $: passwords have them,
// and nothing says which were meant to be another variable's value.
func parseDotEnv(text string) (map[string]string, error) {
	dollar := unused(text)
	variables, err := godotenv.Unmarshal(strings.ReplaceAll(text, "$", dollar))
	for name, value := range variables {
		variables[name] = strings.ReplaceAll(value, dollar, "$")
	}
	return variables, err
}

// unused is a character that a text has not.
func unused(text string) string {
	const privateUse = '\uE000'
	for c := privateUse; ; c++ {
		if !strings.ContainsRune(text, c) {
			return string(c)
		}
	}
}

// malformed is where the parser gave up: its errors end with what it could not read.
func (d DotEnv) malformed(text string, err error) document.Place {
	place := document.Place{Source: d.Path}
	_, rest, found := strings.Cut(err.Error(), "near ")
	if unquoted, notQuoted := strconv.Unquote(rest); found && notQuoted == nil {
		rest = unquoted
	} else if _, rest, found = strings.Cut(err.Error(), "unterminated quoted value "); !found {
		return place
	}
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "$", unused(text))
	at := strings.LastIndex(text, rest)
	if at < 0 {
		return place
	}
	line := text[:at]
	place.Line = 1 + strings.Count(line, "\n")
	place.Column = 1 + utf8.RuneCountInString(line[1+strings.LastIndexByte(line, '\n'):])
	return place
}

// withoutValue is an error of the parser up to what it quotes, which may be a secret.
func withoutValue(err error) string {
	text := err.Error()
	if at := strings.IndexAny(text, "\"'\n"); at >= 0 {
		text = strings.TrimRight(text[:at], " ")
	}
	return text
}

// Watch implements Watcher.
func (d DotEnv) Watch(ctx context.Context, changed func()) error {
	return watchfiles.Watch(ctx, func() []string { return []string{d.Path} }, changed)
}

// Values is the layer of single keys, as flags set them.
type Values map[string]Value

// Value is what one key is set to, and the name of what set it, as "--listen".
type Value struct{ Text, Source string }

// Read implements Source.
func (v Values) Read(context.Context, *Reading) (*Content, error) {
	content := &Content{}
	for _, key := range slices.Sorted(maps.Keys(v)) {
		content.Values = append(content.Values, Assignment{Key: key, Text: v[key].Text, Place: document.Place{Source: v[key].Source}})
	}
	return content, nil
}
