// Package wiring says which key of the config goes to which room of a service. It
// knows the keys and the options of the rooms, and nothing of what they do.
package wiring
