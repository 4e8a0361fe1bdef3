// Package value has the types that a section of an application's config may have
// beside those of Go: a [Secret], whose text no log shows, and a size in [Bytes],
// written with its unit.
//
//	type Shop struct {
//		Token  value.Secret `yaml:"token"`
//		Upload value.Bytes  `yaml:"upload" default:"10MiB" max:"1GiB"`
//	}
//
// Package gind has both under the same names. A type of the application's own
// that implements [encoding.TextUnmarshaler] can be a value as well.
//
// The package does not know where a value stands, nor who reads it.
package value
