package program

import "github.com/gind/gind/internal/service"

// beginAnew is never called: nobody waits there.
func (*Program) beginAnew() error { return service.ErrMended }
