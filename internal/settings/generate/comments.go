package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
)

// readComments returns the comment of each field of the structs in some files, by
// the names of both, as "Server.ReadTimeout".
func readComments(patterns ...string) (map[string]string, error) {
	var paths []string
	for _, pattern := range patterns {
		found, err := filepath.Glob(pattern)
		if err != nil {
			return nil, err
		}
		paths = append(paths, found...)
	}
	comments := map[string]string{}
	for _, path := range paths {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		fieldComments(file, comments)
	}
	return comments, nil
}

func fieldComments(file *ast.File, comments map[string]string) {
	ast.Inspect(file, func(n ast.Node) bool {
		declared, ok := n.(*ast.TypeSpec)
		if !ok {
			return true
		}
		if fields, ok := declared.Type.(*ast.StructType); ok {
			for _, f := range fields.Fields.List {
				for _, name := range f.Names {
					comments[declared.Name.Name+"."+name.Name] = oneLine(f.Doc.Text())
				}
			}
		}
		return false
	})
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
