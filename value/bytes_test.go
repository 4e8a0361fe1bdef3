package value

import "testing"

func TestSizesAreWrittenAsTheyAreRead(t *testing.T) {
	for text, want := range map[string]Bytes{"0": 0, "1B": 1, "64KiB": 64 << 10, "10MB": 10e6, "1TiB": 1 << 40} {
		got, err := ParseBytes(text)
		if err != nil || got != want {
			t.Errorf("%s is %d (%v), want %d", text, got, err, want)
		}
		if written := want.String(); written != text {
			t.Errorf("%d is written %s, want %s", want, written, text)
		}
	}
	for _, text := range []string{"", "5", "-1KiB", "1.5MiB", "9000000TiB", "1Kibit"} {
		if b, err := ParseBytes(text); err == nil {
			t.Errorf("%q is %d, want an error", text, b)
		}
	}
}
