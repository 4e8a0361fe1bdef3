package winsvc

import (
	"slices"
	"testing"
)

// controls are all that Windows has, with names, and some of a service's own.
var controls = map[Control]string{
	Stop: "stop", Pause: "pause", Continue: "continue", Interrogate: "interrogate", Shutdown: "shutdown",
	ParamChange: "paramchange", NetBindAdd: "netbindadd", NetBindRemove: "netbindremove", NetBindEnable: "netbindenable",
	NetBindDisable: "netbinddisable", DeviceEvent: "deviceevent", HardwareProfileChange: "hardwareprofilechange",
	PowerEvent: "powerevent", SessionChange: "sessionchange", PreShutdown: "preshutdown",
	Reload: "128", Reopen: "129", 130: "130", 255: "255",
}

// TestEveryControlInEveryState has what each leads to: none is missing, and what is not
// in a list gets an answer and nothing else.
func TestEveryControlInEveryState(t *testing.T) {
	inService := map[Control]action{
		Stop: drain, Shutdown: drain, PreShutdown: drain, ParamChange: reload, Reload: reload, Reopen: reopen,
		Pause: answer, Continue: answer, Interrogate: answer, NetBindAdd: answer, NetBindRemove: answer, NetBindEnable: answer,
		NetBindDisable: answer, DeviceEvent: answer, HardwareProfileChange: answer, PowerEvent: answer, SessionChange: answer,
		130: answer, 255: answer,
	}
	atTheEnd := map[Control]action{}
	for c := range controls {
		atTheEnd[c] = answer
	}
	for state, want := range map[State]map[Control]action{
		StartPending: inService, Running: inService, StopPending: atTheEnd, Stopped: atTheEnd,
	} {
		for c, name := range controls {
			wanted, listed := want[c]
			if got := actionOf(state, c); !listed || got != wanted {
				t.Errorf("%s: %s: action %d, want %d; in the table: %v", state, name, got, wanted, listed)
			}
		}
	}
	for c := Control(1); c <= PreShutdown; c++ {
		if controls[c] == "" {
			t.Errorf("control %d is not in the table", c)
		}
	}
}

// TestWhatIsAcceptedIsActedOn: nothing is announced that is then not done, and the
// controls that need no announcement are not announced.
func TestWhatIsAcceptedIsActedOn(t *testing.T) {
	for state := range stateNames {
		for _, c := range accepts(state) {
			if actionOf(state, c) == answer {
				t.Errorf("%s: %s is accepted, and nothing is done", state, controls[c])
			}
		}
	}
	if !slices.Contains(accepts(Running), PreShutdown) || accepts(StopPending) != nil {
		t.Errorf("running accepts %v, stopping %v", accepts(Running), accepts(StopPending))
	}
}
