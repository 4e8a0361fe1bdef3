// Package layers knows the layers of a service's config, which later ones win over
// which, and what a flag makes of them. What is in them, package config knows.
package layers
