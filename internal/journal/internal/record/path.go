package record

// Path is the way through the groups to an attribute, dots between the names.
type Path struct {
	text  []byte
	marks []int // where each open group begins
}

// Reset begins another record.
func (p *Path) Reset() { p.text, p.marks = p.text[:0], p.marks[:0] }

// Open goes into a group.
func (p *Path) Open(group []byte) {
	p.marks = append(p.marks, len(p.text))
	p.text = append(append(p.text, group...), '.')
}

// Close leaves the group that was opened last.
func (p *Path) Close() {
	last := len(p.marks) - 1
	p.text, p.marks = p.text[:p.marks[last]], p.marks[:last]
}

// To is the path to key in the group that is open, until the next call.
func (p *Path) To(key []byte) []byte {
	if len(p.text) == 0 {
		return key
	}
	n := len(p.text)
	full := append(p.text, key...)
	p.text = full[:n]
	return full
}
