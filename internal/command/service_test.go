package command

import (
	"bytes"
	"context"
	"testing"
)

// TestTheServiceManagerIsAskedForWhatTheCommandLineSays, by the program's own name unless
// a flag has another.
func TestTheServiceManagerIsAskedForWhatTheCommandLineSays(t *testing.T) {
	for _, tt := range []struct {
		args []string
		want ManageRequest
	}{
		{[]string{"install", "--account", "LocalService", "--dry-run"}, ManageRequest{Action: ManageInstall, Name: "shop", Account: "LocalService", DryRun: true}},
		{[]string{"uninstall", "--name", "shop2", "--dry-run"}, ManageRequest{Action: ManageUninstall, Name: "shop2", DryRun: true}},
		{[]string{"start"}, ManageRequest{Action: ManageStart, Name: "shop"}},
		{[]string{"stop", "--name=shop2"}, ManageRequest{Action: ManageStop, Name: "shop2"}},
		{[]string{"reload"}, ManageRequest{Action: ManageReload, Name: "shop"}},
		{[]string{"status"}, ManageRequest{Action: ManageStatus, Name: "shop"}},
	} {
		var out, errs bytes.Buffer
		var got ManageRequest
		p := &Program{Name: "shop", Out: &out, Err: &errs,
			Manage: func(_ context.Context, _ Input, r ManageRequest) (string, error) { got = r; return "done\n", nil }}
		if status := p.Execute(t.Context(), append([]string{"service"}, tt.args...)); status != ExitOK || got != tt.want || out.String() != "done\n" {
			t.Errorf("%q: status %d, asked for %+v, want %+v; printed %q and %q", tt.args, status, got, tt.want, &out, &errs)
		}
	}
	p := &Program{Name: "shop", Out: new(bytes.Buffer), Err: new(bytes.Buffer)}
	if status := p.Execute(t.Context(), []string{"service", "start", "--dry-run"}); status != ExitUsage {
		t.Errorf("a start on trial: status %d, want %d", status, ExitUsage)
	}
}
