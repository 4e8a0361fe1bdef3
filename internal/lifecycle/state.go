package lifecycle

// State is where the service is in its life.
type State int32

// The states, in the order a service goes through them. Reloading and
// Upgrading go back to Ready; from Draining there is no way back.
const (
	Starting State = iota
	Ready
	Reloading
	Upgrading
	Draining
	Stopped
)

var stateNames = [...]string{"starting", "ready", "reloading", "upgrading", "draining", "stopped"}

// String is the state's name in lower case, as status pages show it.
func (s State) String() string {
	if s < 0 || int(s) >= len(stateNames) {
		return "unknown"
	}
	return stateNames[s]
}
