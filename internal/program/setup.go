package program

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gind/gind/internal/config"
	"github.com/gind/gind/internal/service"
)

// quickSetup is how long a setup takes that declares what the application has, and no more.
const quickSetup = time.Second

// setupWatch finds in a setup what belongs into OnStart: "check", and each process that
// is started only to be looked at, would do it too.
type setupWatch struct {
	warnings []*config.Mistake
}

// watchSetup has the setup of a service watched.
func watchSetup(o *service.Options) *setupWatch {
	w, setup := &setupWatch{}, o.Setup
	o.Setup = func(s *service.Service) error {
		before, begun := descriptors(), time.Now()
		err := setup(s)
		w.tookTime(time.Since(begun))
		w.leftOpen(before, descriptors())
		return err
	}
	return w
}

func (w *setupWatch) tookTime(took time.Duration) {
	if took > quickSetup {
		w.warn("the application's setup took %v: what connects, opens or migrates goes into Service.OnStart",
			took.Round(100*time.Millisecond))
	}
}

// leftOpen warns of descriptors, by number, that were not there before.
func (w *setupWatch) leftOpen(before, after map[string]string) {
	var files []string
	for number, file := range after {
		if before[number] != file && !strings.HasPrefix(file, "anon_inode:") { // the runtime's own
			files = append(files, file)
		}
	}
	if len(files) > 0 {
		slices.Sort(files)
		w.warn("the application's setup leaves open: %s: what connects, opens or migrates goes into Service.OnStart",
			strings.Join(files, ", "))
	}
}

func (w *setupWatch) warn(format string, args ...any) {
	w.warnings = append(w.warnings, &config.Mistake{Text: fmt.Sprintf(format, args...)})
}
