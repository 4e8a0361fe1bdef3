// Package background runs what an application has beside its requests: work from
// the start of the service to its drain, and functions for a reload and for the
// end. It knows their order and their panics; when a service starts, reloads or
// ends it does not know, nor what happens when work fails (it is handed a function).
package background
