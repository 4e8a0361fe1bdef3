package handoff

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gind/gind/internal/listener"
)

func parked(n int) []listener.Parked {
	conns := make([]listener.Parked, n)
	for i := range conns {
		conns[i] = listener.Parked{Listener: "http", Accepted: time.Unix(1_800_000_000+int64(i), 0), Used: i%2 == 0}
	}
	return conns
}

func TestAnswersReadAsWritten(t *testing.T) {
	for _, want := range []Answer{{Status: 204}, {Status: 503, Text: "503 Service Unavailable: closed"}} {
		if got, err := decodeReady(encodeReady(want)); err != nil || *got != want {
			t.Errorf("%v became %v, error %v", want, got, err)
		}
	}
	if got, err := decodeReady(encodeReady(Answer{Status: 500, Text: strings.Repeat("x", 70_000)})); err != nil || len(got.Text) != maxAnswerText {
		t.Errorf("a long one became %v, error %v", got, err)
	}
	if got, err := decodeReady(nil); got != nil || err != nil {
		t.Errorf("an older release's became %v, error %v", got, err)
	}
	if _, err := decodeReady([]byte{1}); err == nil {
		t.Error("half a status is read")
	}
}

func TestConnectionsReadAsWritten(t *testing.T) {
	conns := parked(maxDescriptors)
	conns[3] = listener.Parked{Listener: "admin", Accepted: time.Unix(1, 0), Used: true, Tuned: true, Head: []byte("GET /h")}
	conns[4].Head = []byte("G")
	payload, count := encodeConns(conns, batchPayload)
	if count != maxDescriptors {
		t.Fatalf("%d of %d connections fit", count, len(conns))
	}
	got, err := decodeConns(payload, count)
	if err != nil || !reflect.DeepEqual(got, conns) {
		t.Fatalf("error %v; got %+v", err, got)
	}
}

// TestTenThousandConnectionsFitTheUsualQueue holds the format to what Linux
// gives an unprivileged process: 212,992 bytes, of which a message takes its
// buffer, rounded up to a power of two, and some 256 bytes more.
func TestTenThousandConnectionsFitTheUsualQueue(t *testing.T) {
	payload, count := encodeConns(parked(10_000), batchPayload)
	if count != maxDescriptors {
		t.Fatalf("a message has %d connections", count)
	}
	const sharedInfo = 320
	if size := headerSize + len(payload) + sharedInfo; size > 2048 {
		t.Fatalf("a full message needs %d bytes, more than the 2048 that are calculated with", size)
	}
	if messages := 10_000/maxDescriptors + 1; messages*(2048+256) > 212_992 {
		t.Fatalf("%d messages don't fit", messages)
	}
}

func TestLongHeadsGoInMessagesOfTheirOwn(t *testing.T) {
	conns := parked(5)
	for i := range conns {
		conns[i].Head = bytes.Repeat([]byte("h"), 4096)
	}
	for rest := conns; len(rest) > 0; {
		payload, count := encodeConns(rest, batchPayload)
		if len(payload) > batchPayload || count != 1 {
			t.Fatalf("%d connections in %d bytes", count, len(payload))
		}
		rest = rest[count:]
	}
}

func TestMalformedPayloadsAreRefused(t *testing.T) {
	good, _ := encodeConns(parked(1), batchPayload)
	change := func(i int, b byte) []byte {
		c := bytes.Clone(good)
		c[i] = b
		return c
	}
	// 0: one name; 1: its length; 2-5: "http"; 6: name; 7: flags; 8-11: time
	cases := map[string]struct {
		payload []byte
		text    string
	}{
		"nothing":         {nil, "ends early"},
		"half":            {good[:len(good)-1], "ends early"},
		"too long":        {append(bytes.Clone(good), 0), "1 bytes too many"},
		"name over end":   {change(1, 200), "ends early"},
		"no such name":    {change(6, 1), "name 1 of 1"},
		"unknown flag":    {change(7, 0x80), "unknown flags 0x80"},
		"head over end":   {append(change(7, flagHead), 0xff, 0xff), "ends early"},
		"two descriptors": {good, "ends early"},
	}
	for name, c := range cases {
		count := 1
		if name == "two descriptors" {
			count = 2
		}
		if _, err := decodeConns(c.payload, count); err == nil || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: error %v, want %q", name, err, c.text)
		}
	}
}

func TestMalformedHeadersAreRefused(t *testing.T) {
	good := [headerSize]byte(frame(kindConns, 0, nil))
	if _, err := parseHeader(good); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*[headerSize]byte){
		"magic":       func(h *[headerSize]byte) { h[0] = 'x' },
		"descriptors": func(h *[headerSize]byte) { h[6] = 1 },
		"payload":     func(h *[headerSize]byte) { h[8] = 1 },
	} {
		h := good
		change(&h)
		if _, err := parseHeader(h); err == nil {
			t.Errorf("a wrong %s is accepted", name)
		}
	}
}

func TestSocketsReadAsWritten(t *testing.T) {
	sockets := []passed{{"", roleStderr}, {"http", roleActivated}, {"admin", roleOwn}}
	got, last, err := decodeSockets(encodeSockets(sockets, true), len(sockets))
	if err != nil || !last || !reflect.DeepEqual(got, sockets) {
		t.Fatalf("error %v, last %v; got %+v", err, last, got)
	}
	if _, _, err := decodeSockets([]byte{1, 9, 0}, 1); err == nil {
		t.Error("an unknown role is accepted")
	}
}

func FuzzDecode(f *testing.F) {
	conns := parked(3)
	conns[1].Head = []byte("GET")
	payload, count := encodeConns(conns, batchPayload)
	f.Add(payload, count)
	f.Add(encodeSockets([]passed{{"http", roleOwn}}, true), 1)
	f.Add([]byte{0}, 0)
	f.Fuzz(func(t *testing.T, payload []byte, count int) {
		if count < 0 || count > maxDescriptors {
			return
		}
		conns, err := decodeConns(payload, count)
		if err == nil && len(conns) != count {
			t.Errorf("%d connections of %d", len(conns), count)
		}
		if err == nil && count > 0 {
			checkAgain(t, conns)
		}
		if sockets, _, err := decodeSockets(payload, count); err == nil && len(sockets) != count {
			t.Errorf("%d sockets of %d", len(sockets), count)
		}
	})
}

// checkAgain writes what was read and reads it again.
func checkAgain(t *testing.T, conns []listener.Parked) {
	payload, count := encodeConns(conns, 1<<24)
	again, err := decodeConns(payload, count)
	if err != nil || !reflect.DeepEqual(again, conns[:count]) {
		t.Errorf("error %v: %+v became %+v", err, conns, again)
	}
}
