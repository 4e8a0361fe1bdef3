package mirror

import (
	"strings"
	"testing"
)

func TestModesAreReadByTheirNames(t *testing.T) {
	for _, name := range modeNames {
		if v, err := ParseMode(name); err != nil || v.String() != name {
			t.Errorf("%s: %v, %v", name, v, err)
		}
	}
	if _, err := ParseMode("x"); err == nil || !strings.Contains(err.Error(), `"x": not one of`) {
		t.Errorf("%v", err)
	}
}
