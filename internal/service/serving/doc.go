// Package serving accepts requests on the listeners that a service is configured to
// have, asks them as a client would, and goes from one set of listeners to another in
// a reload. It knows names and addresses; how a connection outlives the process, and
// what a request is, it does not know.
package serving
