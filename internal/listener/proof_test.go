package listener

import (
	"testing"
	"time"
)

func TestNetHTTPCanBeFollowed(t *testing.T) {
	start := time.Now()
	if err := Proven(); err != nil {
		t.Fatal(err)
	}
	t.Log(time.Since(start))
}
