// Package program is what gind.Main and gind.Run do: the functions behind the commands
// of a program, for a service that runs, does not run, or cannot. It knows where each
// finds what it needs; flags and what is printed, package command knows, and how a
// service is put together, package service.
package program
