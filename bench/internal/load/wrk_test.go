package load

import (
	"testing"
	"time"
)

const wrkOutput = `Running 2s test @ http://127.0.0.1:8080/
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.91ms    2.51ms  36.62ms   88.53%
    Req/Sec    53.90k     5.04k   61.29k    70.00%
  Latency Distribution
     50%  845.00us
     75%    2.60ms
     90%    5.05ms
     99%   11.65ms 
  107306 requests in 2.00s, 14.43MB read
  Socket errors: connect 1, read 20, write 300, timeout 4000
  Non-2xx or 3xx responses: 50000
Requests/sec:  53590.74
Transfer/sec:      7.21MB
`

func TestParseWrk(t *testing.T) {
	got, err := ParseWrk(wrkOutput)
	if err != nil {
		t.Fatal(err)
	}
	want := Wrk{Requests: 107306, Rate: 53590.74, P50: 845 * time.Microsecond, P99: 11650 * time.Microsecond, Errors: 54321}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestParseWrkRefusesOtherText(t *testing.T) {
	if _, err := ParseWrk("unable to connect to 127.0.0.1:8080 Connection refused"); err == nil {
		t.Error("no error")
	}
}
