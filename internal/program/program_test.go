package program

import (
	"context"
	"strings"
	"testing"

	"github.com/gind/gind/internal/command"
	"github.com/gind/gind/internal/service"
)

// TestTheSchemaNeedsNoGoodValues from any layer: it is what mends them.
func TestTheSchemaNeedsNoGoodValues(t *testing.T) {
	type section struct {
		Colour string `yaml:"colour" default:"red"`
	}
	s := newSite(t, func(s *service.Service) error { return s.Config().AddSection("shop", new(section)) })
	s.write("server: {read_timeout: soon}\n")
	t.Chdir(s.dir)
	t.Setenv("PROBE_SERVER_READ_TIMEOUT", "soon")
	t.Setenv("PROBE_NO_SUCH_KEY", "1")
	p := s.program()
	p.Values["server.idle_timeout"] = "later"
	text, err := p.schema(context.Background(), command.Input{})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"read_timeout"`, `"colour"`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%s is not in the schema", want)
		}
	}
	if _, err := p.check(context.Background(), command.Input{ConfigFile: s.file()}); err == nil {
		t.Error("the values are good: this test shows nothing")
	}
}
