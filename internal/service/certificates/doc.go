// Package certificates has the TLS certificates that listeners serve with, and the
// keys of their session tickets. It knows how a change of files is taken in between
// two handshakes, and that tickets outlive a process; listeners and connections it
// does not know.
package certificates
