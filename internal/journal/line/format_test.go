package line

import (
	"strings"
	"testing"
)

func TestFormatsAreReadByTheirNames(t *testing.T) {
	for _, name := range formatNames {
		if v, err := ParseFormat(name); err != nil || v.String() != name {
			t.Errorf("%s: %v, %v", name, v, err)
		}
	}
	if _, err := ParseFormat("x"); err == nil || !strings.Contains(err.Error(), `"x": not one of`) {
		t.Errorf("%v", err)
	}
}
