package winsvc

import "strconv"

// State of a service, by SERVICE_STATUS of the Windows API. A service of gind is never
// paused.
type State uint32

// The states, with the API's numbers.
const (
	Stopped State = iota + 1
	StartPending
	StopPending
	Running
)

var stateNames = map[State]string{
	Stopped: "stopped", StartPending: "starting", StopPending: "stopping", Running: "running",
}

// String is what "gind service status" shows.
func (s State) String() string {
	if name, known := stateNames[s]; known {
		return name
	}
	return "in state " + strconv.Itoa(int(s))
}

// Control is what the service manager asks of a service, by ControlService and
// HandlerEx of the Windows API; 128 to 255 are the service's own.
type Control uint32

// The controls, with the API's numbers, and those of gind.
const (
	Stop Control = iota + 1
	Pause
	Continue
	Interrogate
	Shutdown
	ParamChange
	NetBindAdd
	NetBindRemove
	NetBindEnable
	NetBindDisable
	DeviceEvent
	HardwareProfileChange
	PowerEvent
	SessionChange
	PreShutdown

	// Reload has the config read again, as ParamChange does.
	Reload Control = 128
	// Reopen has the log files opened again.
	Reopen Control = 129
)

// action is what a control leads to, beside the answer that every control gets.
type action int

const (
	answer action = iota // nothing but the answer
	drain
	reload
	reopen
)

// actionOf a control in a state. What comes during a start is done once the service is
// ready; who drains, or has ended, is asked for nothing more.
func actionOf(s State, c Control) action {
	if s != StartPending && s != Running {
		return answer
	}
	switch c {
	case Stop, Shutdown, PreShutdown:
		return drain
	case ParamChange, Reload:
		return reload
	case Reopen:
		return reopen
	default:
		return answer
	}
}

// accepts lists the controls that a service in a state says it takes. Interrogate and
// the service's own need not be said.
func accepts(s State) []Control {
	switch s {
	case StartPending:
		return []Control{Stop, Shutdown, PreShutdown}
	case Running:
		return []Control{Stop, Shutdown, PreShutdown, ParamChange}
	default:
		return nil
	}
}
