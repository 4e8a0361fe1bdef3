// Package winsvc is a service as Windows' service manager sees it: what it is told
// of the service, which controls it sends, and how it is made to know a service at
// all. What a control does, it is handed as functions.
//
// The conversation is without a type of Windows in it (service.go, table.go): who
// speaks for the service manager, in a test as on Windows, is handed in.
package winsvc
