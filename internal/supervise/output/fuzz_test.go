package output

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// FuzzLines: whatever a program prints, nothing breaks, and every record is
// text that can be shown.
func FuzzLines(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.txt")
	for _, file := range files {
		printed, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(printed)
	}
	f.Fuzz(func(t *testing.T, printed []byte) {
		got := &sheet{least: slog.LevelDebug - 100}
		s := New(Options{Handler: got, Wait: true})
		if err := s.Run(bytes.NewReader(printed)); err != nil {
			t.Fatal(err)
		}
		text := got.text.String()
		if !utf8.ValidString(text) || strings.ContainsFunc(text, control) {
			t.Errorf("%q became %q", printed, text)
		}
		if stats := s.Stats(); stats.Dropped > 0 || stats.Bytes != uint64(len(printed)) {
			t.Errorf("%+v", stats)
		}
	})
}

// FuzzJSON: an object that encoding/json reads is read here too, with the same
// members.
func FuzzJSON(f *testing.F) {
	f.Add(`{"level":"info","a":{"b":[1,2,"]"]},"c\"\\":null,"d":"\\","e":-1.5e3}`)
	f.Add(`{ "a" : true , "b":{} }`)
	f.Add(`{"a"}`)
	f.Fuzz(func(t *testing.T, text string) {
		var members map[string]json.RawMessage
		if !strings.HasPrefix(text, "{") || !strings.HasSuffix(text, "}") {
			return
		}
		valid := json.Unmarshal([]byte(text), &members) == nil
		got := map[string]string{}
		err := eachMember(text, func(key, value string) bool {
			got[jsonKey(key)] = value
			return true
		})
		var r slog.Record
		record(&r, time.Now(), mark{kind: jsonObject}, text)
		if !valid || !utf8.ValidString(text) {
			return // only must not fail badly
		}
		if err != nil || len(got) != len(members) {
			t.Fatalf("%q: %v, %d members, want %d", text, err, len(got), len(members))
		}
		for key, want := range members {
			if got[key] != string(want) {
				t.Errorf("%q: %q is %q, want %q", text, key, got[key], want)
			}
		}
	})
}
