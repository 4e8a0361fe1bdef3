// Package config reads a configuration in layers, checks it strictly, puts it in
// force as a whole, and keeps what was in force before.
//
// A [Loader] reads its [Source]s in order; what a later one says wins. The keys,
// their types, defaults and bounds are those of Go structs (see [Schema]). What
// is wrong is told all at once, each [Mistake] with the file, line and column it
// stands at. What is good is a [Snapshot], which never changes. A [Store] has the
// snapshot in force, and changes it as a transaction: all subscribers take the
// new one, or none. Its [History] keeps each version that was in force.
//
// Its rooms know one thing each: document, texts in YAML and the places in them;
// entry, how keys are shown; schema, which keys there are; history, what is kept;
// watchfiles, when files change.
//
// The package does not know what a key is for.
package config
