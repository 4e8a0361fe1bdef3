// Package entry knows how a configuration is shown, key by key: an [Entry] for
// each, and a [Change] where two configurations differ. Secrets are hidden in
// both. Their JSON is what "--json" prints and the control socket sends.
//
// The package does not know where the keys come from, nor what they are for.
package entry
