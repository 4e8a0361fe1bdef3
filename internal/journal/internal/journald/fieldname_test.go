package journald

import (
	"strings"
	"testing"
)

func TestFieldNames(t *testing.T) {
	for path, want := range map[string]string{
		"status":                "STATUS",
		"http.user-id":          "HTTP_USER_ID",
		"userID":                "USERID",
		"_hidden":               "HIDDEN",
		"__":                    "FIELD_" + hashOf("__"),
		"":                      "FIELD_" + hashOf(""),
		"ключ":                  "FIELD_" + hashOf("ключ"),
		"größe":                 "GR__E",
		"2xx":                   "FIELD_2XX",
		"_2xx":                  "FIELD_2XX",
		"message":               "FIELD_MESSAGE",
		"Priority":              "FIELD_PRIORITY",
		"_priority":             "FIELD_PRIORITY",
		"code_line":             "FIELD_CODE_LINE",
		"message_id":            "MESSAGE_ID",
		"request_id":            "REQUEST_ID",
		"a\nPRIORITY=0\nb":      "A_PRIORITY_0_B",
		"x=y":                   "X_Y",
		"\xff\xfe":              "FIELD_" + hashOf("\xff\xfe"),
		strings.Repeat("a", 64): strings.Repeat("A", 64),
		strings.Repeat("a", 65): strings.Repeat("A", 55) + "_" + hashOf(strings.Repeat("a", 65)),
		strings.Repeat("9", 60): "FIELD_" + strings.Repeat("9", 49) + "_" + hashOf(strings.Repeat("9", 60)),
	} {
		if got := string(AppendFieldName([]byte("before "), []byte(path))); got != "before "+want {
			t.Errorf("%q is %q, want %q", path, got, want)
		}
	}
}

func hashOf(path string) string { return string(appendHash(nil, []byte(path))) }

func TestLongNamesThatBeginAlikeStayApart(t *testing.T) {
	a := strings.Repeat("a", 100)
	if x, y := AppendFieldName(nil, []byte(a+"x")), AppendFieldName(nil, []byte(a+"y")); string(x) == string(y) {
		t.Errorf("both are %s", x)
	}
}

func TestNamesMadeOfDataDoNotFillMemory(t *testing.T) {
	f := make(fieldNames)
	for i := range 2 * maxFieldNames {
		f.of([]byte{'k', byte(i), byte(i >> 8), byte(i >> 16)})
	}
	if len(f) > maxFieldNames {
		t.Errorf("%d remembered", len(f))
	}
}
