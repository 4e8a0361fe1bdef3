package main

import (
	"strings"
	"testing"
)

const events = `{"Action":"start","Package":"github.com/gind/gind/a"}
{"Action":"run","Package":"github.com/gind/gind/a","Test":"TestGood"}
{"Action":"output","Package":"github.com/gind/gind/a","Test":"TestGood","Output":"=== RUN   TestGood\n"}
{"Action":"output","Package":"github.com/gind/gind/a","Test":"TestGood","Output":"    a_test.go:5: all is well\n"}
{"Action":"output","Package":"github.com/gind/gind/a","Test":"TestGood","Output":"--- PASS: TestGood (0.00s)\n"}
{"Action":"pass","Package":"github.com/gind/gind/a","Test":"TestGood"}
{"Action":"run","Package":"github.com/gind/gind/a","Test":"TestRoot"}
{"Action":"output","Package":"github.com/gind/gind/a","Test":"TestRoot","Output":"    a_test.go:9: needs root\n"}
{"Action":"output","Package":"github.com/gind/gind/a","Test":"TestRoot","Output":"--- SKIP: TestRoot (0.00s)\n"}
{"Action":"skip","Package":"github.com/gind/gind/a","Test":"TestRoot"}
`

const good = `{"Action":"output","Package":"github.com/gind/gind/a","Output":"PASS\n"}
{"Action":"output","Package":"github.com/gind/gind/a","Output":"ok  \tgithub.com/gind/gind/a\t0.1s\n"}
{"Action":"pass","Package":"github.com/gind/gind/a"}
`

const bad = `{"Action":"run","Package":"github.com/gind/gind/a","Test":"TestBad"}
{"Action":"output","Package":"github.com/gind/gind/a","Test":"TestBad","Output":"    a_test.go:12: got 1, want 2\n"}
{"Action":"output","Package":"github.com/gind/gind/a","Test":"TestBad","Output":"--- FAIL: TestBad (0.00s)\n"}
{"Action":"fail","Package":"github.com/gind/gind/a","Test":"TestBad"}
{"Action":"output","Package":"github.com/gind/gind/a","Output":"FAIL\n"}
{"Action":"output","Package":"github.com/gind/gind/a","Output":"FAIL\tgithub.com/gind/gind/a\t0.1s\n"}
{"Action":"fail","Package":"github.com/gind/gind/a"}
`

func TestReportIsGoTestsOwnAndWhatWasSkipped(t *testing.T) {
	skipped := "skipped: 1\n  a TestRoot: a_test.go:9: needs root\n"
	for name, c := range map[string]struct {
		events, want string
		failed       bool
	}{
		"good": {events + good, "ok  \tgithub.com/gind/gind/a\t0.1s\n" + skipped, false},
		"bad": {events + bad, "    a_test.go:12: got 1, want 2\n--- FAIL: TestBad (0.00s)\n" +
			"FAIL\nFAIL\tgithub.com/gind/gind/a\t0.1s\n" + skipped, true},
		"not built": {`{"ImportPath":"a","Action":"build-output","Output":"a.go:1:1: oops\n"}
{"ImportPath":"a","Action":"build-fail"}
`, "a.go:1:1: oops\n", true},
	} {
		var got strings.Builder
		r := newReport(&got, "")
		if err := r.read(strings.NewReader(c.events)); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		r.summarize(&got)
		if got.String() != c.want || r.failed != c.failed {
			t.Errorf("%s: failed %v, printed\n%s\nwant failed %v,\n%s", name, r.failed, got.String(), c.failed, c.want)
		}
	}
}

func TestNameMatchesWhatHasRunThatDeep(t *testing.T) {
	for pattern, want := range map[string]bool{"TestGood": true, "TestGood/below": false} {
		r := newReport(&strings.Builder{}, pattern)
		if err := r.read(strings.NewReader(events + good)); err != nil {
			t.Fatal(err)
		}
		if r.matched != want {
			t.Errorf("%s: matched %v, want %v", pattern, r.matched, want)
		}
	}
}

func TestPatternIsWhatRunSays(t *testing.T) {
	for args, want := range map[string]string{
		"": "", "-race": "", "-run X": "X", "--run=X/y -count 1": "X/y", "-race -run X": "X", "run X": "",
	} {
		if got := pattern(strings.Fields(args)); got != want {
			t.Errorf("%q: %q, want %q", args, got, want)
		}
	}
}
