package report

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestTableAlignsItsColumns(t *testing.T) {
	table := NewTable("server", "time", "ratio")
	table.Add("gind", 1500*time.Microsecond, 1.0)
	table.Add("a peer", 15*time.Second, 123.4)
	want := `| server |    time | ratio |
| ------ | ------: | ----: |
| gind   | 1.50 ms |  1.00 |
| a peer |  15.0 s |   123 |
`
	if got := table.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestUnits(t *testing.T) {
	for got, want := range map[string]string{
		Duration(999):                    "999 ns",
		Duration(12345):                  "12.3 µs",
		Duration(12345678):               "12.3 ms",
		Duration(123456 * 1e6):           "123 s",
		Bytes(17):                        "17 B",
		Bytes(1 << 20):                   "1.00 MiB",
		Bytes(36753192):                  "35.1 MiB",
		Count(7):                         "7",
		Count(1234567):                   "1,234,567",
		Count(-1234.4):                   "-1,234",
		Figure(0.985):                    "0.98",
		NewTable("a", "b").String()[:13]: "| a    |    b",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestReplaceTouchesItsOwnSectionOnly(t *testing.T) {
	page := filepath.Join(t.TempDir(), "page.md")
	for _, step := range [][2]string{{"one", "first"}, {"two", "second"}, {"one", "third"}} {
		if err := Replace(page, step[0], "## "+step[1]+"\n\n"); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	want := intro + "\n<!-- begin one -->\n## third\n<!-- end one -->\n\n<!-- begin two -->\n## second\n<!-- end two -->\n"
	if string(text) != want {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
}

func TestReplaceRefusesAPageWithoutAnEnd(t *testing.T) {
	_, err := replace("text\n<!-- begin one -->\nmore\n", "one", "new")
	if err == nil || !strings.Contains(err.Error(), "end one") {
		t.Errorf("got %v", err)
	}
}
