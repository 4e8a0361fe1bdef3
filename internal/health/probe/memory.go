package probe

import (
	"context"
	"errors"
	"fmt"
)

// Defaults of [MemoryOptions].
const (
	DefaultMaxUsedPercent  = 95
	DefaultMaxStallPercent = 20
)

// MemoryOptions of [Memory].
type MemoryOptions struct {
	// MaxUsedPercent is the most memory in use, 95 % by default: of what the
	// service's cgroup and each one above it may have (memory.max), and of the
	// machine. File cache that the kernel can drop is not counted.
	MaxUsedPercent float64

	// MaxStallPercent is the most time of the last ten seconds that all of the
	// service's processes waited for memory, 20 % by default ("full avg10" of
	// PSI). Kernels without PSI pass.
	MaxStallPercent float64
}

// Memory passes while there is memory to work with. Only Linux has it, and the
// limits of cgroups only with version 2 of them.
func Memory(o MemoryOptions) (Func, error) {
	if !percentage(o.MaxUsedPercent) || !percentage(o.MaxStallPercent) {
		return nil, errors.New("memory: a percentage is from 0 to 100")
	}
	if o.MaxUsedPercent == 0 {
		o.MaxUsedPercent = DefaultMaxUsedPercent
	}
	if o.MaxStallPercent == 0 {
		o.MaxStallPercent = DefaultMaxStallPercent
	}
	read, err := memoryReader()
	if err != nil {
		return nil, fmt.Errorf("memory: %w", err)
	}
	return func(context.Context) error {
		m, err := read()
		if err != nil {
			return err
		}
		return o.judge(m)
	}, nil
}

// memory is the state of memory: that of whichever limit is nearest.
type memory struct {
	used, limit uint64
	of          string  // what the limit belongs to
	stalled     float64 // percent of time
}

// nearer returns which of the two is closer to its limit.
func (m memory) nearer(n memory) memory {
	if m.limit == 0 || n.limit > 0 && percent(n.used, n.limit) > percent(m.used, m.limit) {
		n.stalled = m.stalled
		return n
	}
	return m
}

func (o MemoryOptions) judge(m memory) error {
	if p := percent(m.used, m.limit); m.limit > 0 && p > o.MaxUsedPercent {
		return fmt.Errorf("%.1f %% of %s used (%s of %s), more than %g %%",
			p, m.of, size(m.used), size(m.limit), o.MaxUsedPercent)
	}
	if m.stalled > o.MaxStallPercent {
		return fmt.Errorf("stalled for %.1f %% of the last ten seconds waiting for memory, more than %g %%", m.stalled, o.MaxStallPercent)
	}
	return nil
}
