package handoff

import (
	"encoding/binary"
	"errors"
	"fmt"
)

var errShort = errors.New("the payload ends early")

// parser reads a payload. After its first error it returns zeros.
type parser struct {
	rest []byte
	err  error
}

func (p *parser) fail(err error) {
	if p.err == nil {
		p.err = err
	}
}

func (p *parser) bytes(n int) []byte {
	if p.err != nil || n > len(p.rest) {
		p.fail(errShort)
		return make([]byte, min(n, 4))
	}
	b := p.rest[:n]
	p.rest = p.rest[n:]
	return b
}

func (p *parser) uint8() uint8   { return p.bytes(1)[0] }
func (p *parser) uint16() uint16 { return binary.BigEndian.Uint16(p.bytes(2)) }
func (p *parser) uint32() uint32 { return binary.BigEndian.Uint32(p.bytes(4)) }

func (p *parser) names() []string {
	names := make([]string, p.uint8())
	for i := range names {
		names[i] = string(p.bytes(int(p.uint8())))
	}
	return names
}

func (p *parser) name(names []string) string {
	i := int(p.uint8())
	if i >= len(names) {
		p.fail(fmt.Errorf("name %d of %d", i, len(names)))
		return ""
	}
	return names[i]
}

func (p *parser) end() error {
	if p.err == nil && len(p.rest) > 0 {
		p.err = fmt.Errorf("%d bytes too many", len(p.rest))
	}
	return p.err
}
