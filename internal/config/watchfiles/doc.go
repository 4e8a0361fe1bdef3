// Package watchfiles tells when files may have changed: written in place, replaced
// by a rename, made, removed, or reached by another link.
//
// The package does not know what is in them.
package watchfiles
