package choice

import (
	"strings"
	"testing"
)

func TestNamesAreReadBack(t *testing.T) {
	names := []string{"tea", "coffee"}
	for i, name := range names {
		if got, err := Parse("drink", names, name); err != nil || got != i || Name(names, got) != name {
			t.Errorf("%s is %d, %v", name, got, err)
		}
	}
	if i, err := Parse("drink", names, "x"); i != 0 || err == nil || !strings.HasSuffix(err.Error(), `drink "x": not one of tea, coffee`) {
		t.Errorf("%d, %v", i, err)
	}
	for _, i := range []int{-1, 2} {
		if s := Name(names, i); !strings.HasPrefix(s, "unknown (") {
			t.Error(s)
		}
	}
}
