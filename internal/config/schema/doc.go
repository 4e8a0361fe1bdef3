// Package schema knows the keys that a configuration may have: those of Go
// structs, with the types, defaults, bounds and rules of their tags. It fills
// such structs with what trees say, follows the references of secrets, lists the
// keys with their values, and describes them for editors and pages.
//
// The package does not know where the trees come from, nor what is in force.
package schema
