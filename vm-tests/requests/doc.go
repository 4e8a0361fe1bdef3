// Package requests keeps the promise that every file of a site is served as it is,
// and that what bad, huge or slow requests get is an error: never a way out of the
// site's folder, a record of their own in the log, or the time of other clients.
package requests
