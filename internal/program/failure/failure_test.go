package failure

import (
	"encoding/json"
	"testing"
)

func TestReasonIsTheLastErrorOfTheUnitItself(t *testing.T) {
	var records []record
	for _, line := range []string{
		`{"MESSAGE":"listener: address already in use","PRIORITY":"3","_PID":"42","SYSLOG_IDENTIFIER":"gind","__REALTIME_TIMESTAMP":"1000000000000000"}`,
		`{"MESSAGE":"stopped","PRIORITY":"6","_PID":"42","SYSLOG_IDENTIFIER":"gind","__REALTIME_TIMESTAMP":"1000000000000001"}`,
		`{"MESSAGE":[255,254],"_PID":"42","__REALTIME_TIMESTAMP":"nonsense"}`,
		`{"MESSAGE":"Failed to start gind.service.","PRIORITY":"3","_PID":"1","SYSLOG_IDENTIFIER":"systemd","__REALTIME_TIMESTAMP":"1000000000000002"}`,
	} {
		var r record
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		records = append(records, r)
	}
	if got := reasonIn(records); got != "listener: address already in use" {
		t.Errorf("reason %q", got)
	}
	lines := linesOf(records)
	if lines[0] != "2001-09-09T01:46:40Z gind[42]: listener: address already in use" || lines[2] != "1970-01-01T00:00:00Z [42]: (not text)" {
		t.Errorf("%q", lines)
	}
	if got := reasonIn(nil); got != "" {
		t.Errorf("reason %q of nothing", got)
	}
}

func TestReasonIsTheFirstLineOfWhatWasPrintedAtOnce(t *testing.T) {
	line := func(pid, time, text string) record {
		return record{Message: text, Priority: "3", PID: pid, Timestamp: time, Transport: "stdout"}
	}
	records := []record{
		line("41", "1000000", "an error of another process"),
		line("42", "1000000", "an error of before"),
		line("42", "2000000", "gind.yaml:4:5: server.read_timeuot: unknown key"),
		line("42", "2000010", "> 4 |     read_timeuot: 5s"),
		{Message: "Main process exited.", Priority: "5", PID: "1", Timestamp: "2000015"},
		line("42", "2000020", "          ^"),
	}
	if got := reasonIn(records); got != "gind.yaml:4:5: server.read_timeuot: unknown key" {
		t.Errorf("reason %q", got)
	}
	records[5].Transport = "journal" // which takes a text as a whole
	if got := reasonIn(records); got != "          ^" {
		t.Errorf("reason %q", got)
	}
}
