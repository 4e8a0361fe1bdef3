package target

import (
	"strings"
	"testing"
)

func TestTargetsAreReadByTheirNames(t *testing.T) {
	for _, name := range targetNames {
		if v, err := Parse(name); err != nil || v.String() != name {
			t.Errorf("%s: %v, %v", name, v, err)
		}
	}
	_, target := Parse("x")
	for _, err := range []error{target} {
		if err == nil || !strings.Contains(err.Error(), `"x": not one of`) {
			t.Errorf("%v", err)
		}
	}
	if s := Target(99).String(); s != "unknown (99)" {
		t.Error(s)
	}
}
