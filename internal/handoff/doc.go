// Package handoff lets connections outlive their process.
//
// In a restart, idle connections are parked: they leave the http.Server and
// travel, as descriptors in SCM_RIGHTS messages (unix(7)), into a [Box], a Unix
// socket whose receiving end the service manager keeps in its file descriptor
// store. The next process adopts them: it empties the box and serves on.
//
//	old process                                        new process
//	NewBox  → Park → Parking.Wait → Parking.Close      Adopt
//
// In an upgrade, the running process starts a [Successor] beside itself from
// the program now on disk and hands it the listening sockets. When it is ready,
// connections are parked into it directly, as they become idle, while requests
// that have begun are finished where they are.
//
//	old process                                        new process
//	Upgrade                                          ← FindPredecessor
//	                                                 ← Predecessor.Ready
//	Successor.Answer
//	Successor.TakeOver                               →
//	Park → Parking.Wait → Parking.Close              → Predecessor.Adopt
//	Successor.Finish                                 →
//
// What goes over the sockets is described in docs/handoff-format.md. Both ways
// are for Linux; elsewhere functions return an error that is
// [errors.ErrUnsupported].
package handoff
