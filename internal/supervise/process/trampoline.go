package process

// TrampolineName is the first argument (argv[0]) of this program when it is
// only on its way to become another one. The second one says which, in JSON.
// Neither is meant for people.
const TrampolineName = "(gind-trampoline)"

// Trampoline must be the first thing that main does. In a process that [Start]
// began for it, it takes on what the program to start was promised and becomes
// that program; it then does not return. In every other process it does
// nothing and returns at once.
//
// It exists because LISTEN_PID holds the number of the process that is to take
// the sockets, which nobody knows before the fork, and after it Go can't run
// code in the child.
func Trampoline() { trampoline() }
