package journal

import (
	"os"

	"github.com/gind/gind/internal/journal/internal/beacon"
	"github.com/gind/gind/internal/journal/internal/journald"
	"github.com/gind/gind/internal/journal/internal/sink"
	"github.com/gind/gind/internal/journal/internal/spool"
	"github.com/gind/gind/internal/journal/internal/stream"
	"github.com/gind/gind/internal/journal/internal/target"
	"github.com/gind/gind/internal/journal/line"
)

// outlet is a sink, and what only some sinks have.
type outlet struct {
	sink   sink.Sink
	doubts sink.Doubter // nil: what it takes is read
	behind *spool.Spool // in front of it; nil: it has none
}

// newOutlet opens a target that is not Auto. A further one (the Windows Event Log)
// is one more sink and a case here.
func newOutlet(t Target, o Options, b *beacon.Beacon) (outlet, error) {
	switch t {
	case Journald:
		s, err := journald.New(o.Socket, o.Identifier)
		return outlet{sink: s, doubts: s}, err
	case Text:
		return streamOutlet(stream.Stderr(line.NewText(target.Colored(), line.TimeOfDay), b))
	}
	return streamOutlet(stream.Stderr(line.NewJSON(os.Getpid()), b))
}

func streamOutlet(s *stream.Stream, err error) (outlet, error) {
	if err != nil {
		return outlet{}, err
	}
	return outlet{sink: s, behind: s.Spool()}, nil
}
