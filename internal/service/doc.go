// Package service puts one service together, and takes it through its life: it alone
// holds all the rooms that a running service is made of, and they do not know it. What
// is here is order: what is made when, what starts before what, what a drain waits for,
// who takes a new config in and in which turn.
//
//	new.go      a service is put together
//	turn.go     it waits, if starts before it have failed
//	start.go    it starts
//	follow.go   it takes a new config in
//	drain.go    it drains
//	setup.go    what the application adds, in its setup and later
package service
