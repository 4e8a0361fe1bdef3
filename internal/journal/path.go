package journal

// path is the way through the groups to an attribute, dots between the names.
type path struct {
	text  []byte
	marks []int // where each open group begins
}

func (p *path) reset() { p.text, p.marks = p.text[:0], p.marks[:0] }

func (p *path) open(group []byte) {
	p.marks = append(p.marks, len(p.text))
	p.text = append(append(p.text, group...), '.')
}

func (p *path) close() {
	last := len(p.marks) - 1
	p.text, p.marks = p.text[:p.marks[last]], p.marks[:last]
}

// to is the path to key in the group that is open, until the next call.
func (p *path) to(key []byte) []byte {
	if len(p.text) == 0 {
		return key
	}
	n := len(p.text)
	full := append(p.text, key...)
	p.text = full[:n]
	return full
}
