package gind_test

import (
	"os"
	"strings"
	"testing"
)

// TestReadmeShowsTheProgramThatIsCompiled: ExampleMain is it, under another name.
func TestReadmeShowsTheProgramThatIsCompiled(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	compiled, err := os.ReadFile("example_main_test.go")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(readme), "```go\n")
	shown, _, ended := strings.Cut(rest, "```\n")
	if !found || !ended {
		t.Fatal("README.md shows no Go program")
	}
	program := strings.Replace(shown, "func main() {", "func ExampleMain() {", 1)
	if !strings.HasSuffix(string(compiled), "\n"+program) {
		_, example, _ := strings.Cut(string(compiled), "func ExampleMain")
		t.Errorf("README.md shows\n%s\nwhich is not what example_main_test.go compiles:\nfunc ExampleMain%s", program, example)
	}
}
