package supervise

import "testing"

func TestFlagsOfSocketsAndNotifications(t *testing.T) {
	got := keysOf(t, "--listen", "http=127.0.0.1:80", "--notify", "--", "/opt/shop")
	if s := got.Programs["shop"]; s.Sockets["http"].Address != "127.0.0.1:80" || !s.Start.Notify {
		t.Errorf("%+v", s)
	}
}
