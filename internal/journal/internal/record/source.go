package record

import "runtime"

// Sources remembers, for each place in the program that logs, what a format has
// to say about it. It belongs to one goroutine, or to one lock.
type Sources struct {
	known  map[uintptr][]byte
	format func(dst []byte, f runtime.Frame) []byte
}

// NewSources remembers what format appends for a place.
func NewSources(format func([]byte, runtime.Frame) []byte) Sources {
	return Sources{make(map[uintptr][]byte), format}
}

// Of is what the format says of pc; nothing for no pc.
func (s Sources) Of(pc uintptr) []byte {
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
