// Package document knows the texts that a configuration is written in: YAML, the
// places in it, the paths of keys, and how a mistake is told with the line it
// stands on. A [Tree] is what one text says, with the place of each value.
//
// The package does not know which keys there are, what a value may be, nor where
// a text came from.
package document
