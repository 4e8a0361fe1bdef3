package handoff

import (
	"encoding/binary"
	"errors"
	"strings"
)

// maxAnswerText bounds the text of an Answer in a frame.
const maxAnswerText = 1 << 10

// encodeReady is the payload of kindReady.
func encodeReady(a Answer) []byte {
	text := a.Text[:min(len(a.Text), maxAnswerText)]
	return append(binary.BigEndian.AppendUint16(nil, uint16(a.Status)), text...)
}

// decodeReady reads it. A release that does not ask itself says nothing: nil.
func decodeReady(payload []byte) (*Answer, error) {
	switch {
	case len(payload) == 0:
		return nil, nil
	case len(payload) < 2:
		return nil, errors.New("the frame that says it is ready is cut short")
	}
	return &Answer{
		Status: int(binary.BigEndian.Uint16(payload)),
		Text:   strings.ToValidUTF8(string(payload[2:]), "\uFFFD"),
	}, nil
}
