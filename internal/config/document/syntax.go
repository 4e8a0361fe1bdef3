package document

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/scanner"
	"github.com/goccy/go-yaml/token"
)

// legible reports whether the text is UTF-8 without control characters.
func (r *yamlReader) legible() bool {
	for i, line := range r.text.lines {
		column := 1
		for _, c := range line {
			if wrong := illegible(c); wrong != "" {
				r.mistake(r.at(i+1, column), "", "%s", wrong)
				return false
			}
			column++
		}
		if !utf8.ValidString(line) {
			r.mistake(r.at(i+1, 1+utf8.RuneCountInString(line[:firstInvalid(line)])), "", "not valid UTF-8")
			return false
		}
	}
	return true
}

func illegible(c rune) string {
	switch {
	case c == 0:
		return "a zero byte; is this a text file in UTF-8?"
	case c != '\t' && unicode.IsControl(c):
		return fmt.Sprintf("a control character (%U)", c)
	default:
		return ""
	}
}

func firstInvalid(line string) int {
	for i := 0; i < len(line); {
		c, size := utf8.DecodeRuneInString(line[i:])
		if c == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return len(line)
}

// parse makes the syntax tree, or nil. A parser that panics makes a mistake, too.
func (r *yamlReader) parse(content string) (file *ast.File) {
	defer func() {
		if cause := recover(); cause != nil {
			file = nil
			r.mistake(Place{Source: r.name}, "", "malformed YAML: the parser gave up: %v", cause)
		}
	}()
	tokens, ok := r.tokens(content)
	if !ok {
		return nil
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		r.syntax(err)
		return nil
	}
	return file
}

// tokens of the text, as many as the parser can be given: it is recursive, and
// slow where they are many.
func (r *yamlReader) tokens(content string) (all token.Tokens, ok bool) {
	var s scanner.Scanner
	s.Init(content)
	var nesting nesting
	for {
		some, err := s.Scan()
		for _, t := range some {
			if nesting.add(t) > maxDepth {
				r.mistake(r.placeOf(t), "", "values lie in each other more than %d deep", maxDepth)
				return nil, false
			}
		}
		all.Add(some...)
		if len(all) > maxTokens {
			r.mistake(r.placeOf(all[maxTokens]), "", "more than %d words and signs: this is no config", maxTokens)
			return nil, false
		}
		if err != nil {
			return all, true // at the end, or at a token that says what is wrong
		}
	}
}

// nesting is how deep values lie in each other on one line.
type nesting struct{ flow, block, line int }

func (n *nesting) add(t *token.Token) int {
	if t.Position.Line != n.line {
		n.line, n.block = t.Position.Line, 0
	}
	switch t.Type {
	case token.SequenceStartType, token.MappingStartType:
		n.flow++
	case token.SequenceEndType, token.MappingEndType:
		n.flow--
	case token.SequenceEntryType, token.MappingKeyType, token.AnchorType, token.TagType:
		n.block++
	}
	return n.flow + n.block
}

func (r *yamlReader) syntax(err error) {
	place, message := Place{Source: r.name}, err.Error()
	var located yaml.Error
	if errors.As(err, &located) {
		place, message = r.placeOf(located.GetToken()), located.GetMessage()
	}
	if line := r.conflict(); line > 0 {
		r.mistake(r.at(line, 1), "", "a conflict of a merge that git has left to be resolved")
		return
	}
	if at := r.bareAddress(place.Line); at != "" {
		message = fmt.Sprintf("an address that begins with a bracket goes in quotes: %q", at)
	}
	r.mistake(place, "", "malformed YAML: %s", inPlainWords(message))
}

// conflict is the line at which git says that it could not merge two versions, or 0.
func (r *yamlReader) conflict() int {
	for i, line := range r.text.lines {
		if strings.HasPrefix(line, "<<<<<<< ") {
			return i + 1
		}
	}
	return 0
}

// bracketed is an IPv6 address with a port; without quotes it is a list, and more.
var bracketed = regexp.MustCompile(`\[[0-9A-Fa-f:.]+(%\w+)?\]:\d+`)

// bareAddress is the one in a line that no quotes are before, or empty.
func (r *yamlReader) bareAddress(line int) string {
	if line < 1 || line > len(r.text.lines) {
		return ""
	}
	text := r.text.lines[line-1]
	at := bracketed.FindStringIndex(text)
	if at == nil || at[0] > 0 && strings.ContainsRune("\"'", rune(text[at[0]-1])) {
		return ""
	}
	return text[at[0]:at[1]]
}

// plainWords says for messages of the parser what a person can do. The first
// that begins a message counts.
var plainWords = []struct{ message, words string }{
	{"sequence end token ']' not found", "the list that begins here has no end (write ])"},
	{"could not find flow mapping end token '}'", "the mapping that begins here has no end (write })"},
	{"',' or ']' must be specified", "a comma or a ] is missing before this"},
	{"',' or '}' must be specified", "a comma or a } is missing before this"},
	{"could not find '[' character", "a ] without its ["},
	{"could not find '{' character", "a } without its {"},
	{"could not find end character of double-quoted", "the text that begins here has no end (write \")"},
	{"could not find end character of single-quoted", "the text that begins here has no end (write ')"},
	{"found character '\t' that cannot start", "a tab; lines are indented with spaces"},
	{"found a tab character", "a tab; lines are indented with spaces"},
	{"tab character cannot", "a tab; write a space"},
	{"mapping value is not allowed in this context", "a second colon on the line (a text with a colon goes in quotes)"},
	{"non-map value is specified", "this line is no key (write key: value)"},
	{"value is not allowed in this context", "this does not fit what is above it; are the lines indented alike?"},
	{"unexpected key name", "this line is no key (write key: value)"},
	{"found an invalid key for this map", "a key has to be one word"},
	{"could not find map value", "a key without a value"},
	{"undefined anchor value", "an anchor without a value (a text that begins with & goes in quotes)"},
	{"undefined alias name", "* without a name (a text that begins with * goes in quotes)"},
	{"undefined anchor name", "& without a name (a text that begins with & goes in quotes)"},
	{"'@' is a reserved character", "a text that begins with @ goes in quotes"},
	{"'`' is a reserved character", "a text that begins with ` goes in quotes"},
	{"unexpected directive", "a text that begins with % goes in quotes"},
	{"found unknown escape character", "in double quotes a backslash begins an escape (write it twice, or use single quotes)"},
	{"invalid header option", "only |, >, + and - and a number may follow the colon of a text on several lines"},
}

func inPlainWords(message string) string {
	for _, p := range plainWords {
		if strings.HasPrefix(message, p.message) {
			return p.words
		}
	}
	return message
}
