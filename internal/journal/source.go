package journal

import "runtime"

// sources remembers, for each place in the program that logs, what a format has
// to say about it. It belongs to one goroutine, or to one lock.
type sources struct {
	known  map[uintptr][]byte
	format func(dst []byte, f runtime.Frame) []byte
}

func newSources(format func([]byte, runtime.Frame) []byte) sources {
	return sources{make(map[uintptr][]byte), format}
}

// of is what the format says of pc; nothing for no pc.
func (s sources) of(pc uintptr) []byte {
	if pc == 0 {
		return nil
	}
	if text, ok := s.known[pc]; ok {
		return text
	}
	frame, _ := runtime.CallersFrames([]uintptr{pc}).Next()
	var text []byte
	if frame.File != "" {
		text = s.format(nil, frame)
	}
	s.known[pc] = text
	return text
}
