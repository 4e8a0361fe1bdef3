// Package orders is what an operator may ask of a running service, both ends of it: the
// answers on the control socket, and the client that a command line uses. It knows the
// questions and the words of the answers; what an order does, it is handed as functions,
// and who may give one, package control knows.
//
//	POST /reload            the config is read again
//	POST /config/rollback   an earlier version is put in force, or the files' again
//	POST /upgrade           a successor is started
//	POST /upgrade/chosen    one of another program, for root and the service's own user
//	GET  /status            the status
//	GET  /config            the config in force
//	GET  /logs              a stream of records
package orders
