package unit

import (
	"context"
	"fmt"
)

// IsStartedByHand reports whether somebody, or the boot, has asked for this process, as
// opposed to Restart= of its unit.
func IsStartedByHand(ctx context.Context) (bool, error) {
	value, err := property(ctx, "NRestarts")
	if err != nil {
		return false, err
	}
	restarts, ok := value.(uint32)
	if !ok {
		return false, fmt.Errorf("systemd says %v of NRestarts", value)
	}
	return restarts == 0, nil
}
