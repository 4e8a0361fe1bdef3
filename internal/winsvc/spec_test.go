package winsvc

import (
	"slices"
	"strings"
	"testing"
)

// TestThePathIsQuoted whether it needs it or not, and arguments so that the program gets
// them as they are.
func TestThePathIsQuoted(t *testing.T) {
	for _, tt := range []struct {
		program string
		args    []string
		want    string
	}{
		{`C:\Program Files\shop\shop.exe`, []string{"serve"}, `"C:\Program Files\shop\shop.exe" "serve"`},
		{`C:\shop.exe`, nil, `"C:\shop.exe"`},
		{`C:\shop.exe`, []string{"--config", `C:\Köln am Rhein\shop.yaml`}, `"C:\shop.exe" "--config" "C:\Köln am Rhein\shop.yaml"`},
		{`C:\shop.exe`, []string{`C:\`, `a"b`, `a\"b`, ``}, `"C:\shop.exe" "C:\\" "a\"b" "a\\\"b" ""`},
	} {
		if got := (Spec{Program: tt.program, Args: tt.args}).commandLine(); got != tt.want {
			t.Errorf("%s, want %s", got, tt.want)
		}
	}
}

func TestAServiceHasAnAccountOfItsOwnUnlessAnotherIsAskedFor(t *testing.T) {
	for asked, want := range map[string]string{
		"": `NT SERVICE\shop`, "LocalService": `NT AUTHORITY\LocalService`, "networkservice": `NT AUTHORITY\NetworkService`,
		"LocalSystem": "LocalSystem", `CORP\shop$`: `CORP\shop$`,
	} {
		if got := (Spec{Name: "shop", Account: asked}).account(); got != want {
			t.Errorf("%q: %s, want %s", asked, got, want)
		}
	}
}

func TestADryRunSaysWhatIsInstalled(t *testing.T) {
	text := strings.Join(Spec{Name: "shop", Program: `C:\shop.exe`}.lines(), "\n")
	for _, want := range []string{`"C:\shop.exe"`, `NT SERVICE\shop`, "automatic, delayed", "1s, 2s, 4s, 8s, 16s, 30s", "3m0s"} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not say %q:\n%s", want, text)
		}
	}
	if !slices.IsSorted(restarts) {
		t.Errorf("the pauses do not grow: %v", restarts)
	}
}
