package listener

import (
	"strings"
	"testing"
)

func TestNetHTTPCanBeFollowed(t *testing.T) {
	if err := Proven(); err != nil {
		t.Fatal(err)
	}
}

// TestProofFailsOnAServerThatBehavesOtherwise turns what is expected around.
func TestProofFailsOnAServerThatBehavesOtherwise(t *testing.T) {
	for text, p := range map[string]proof{
		"parkable: true":         {sent: wholeGET, responses: 1, busy: true},
		"parkable: false":        {sent: wholeGET + "GET ", responses: 1, head: "GET "},
		`"G" goes along, not ""`: {sent: wholeGET + "G", responses: 1},
	} {
		if err := p.run(); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%+v: error %v, want %q", p, err, text)
		}
	}
}
