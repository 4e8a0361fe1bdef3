// Command fuzzlog logs to journald what attrs makes of a seed: fuzzlog SEED COUNT.
// Each record has its number in the field FUZZ_RECORD.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"time"

	"github.com/gind/gind/internal/journal"
	"github.com/gind/gind/vm-tests/programs/fuzzlog/attrs"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	seed, err := strconv.ParseUint(os.Args[1], 10, 64)
	if err != nil {
		return err
	}
	count, err := strconv.Atoi(os.Args[2])
	if err != nil {
		return err
	}
	j, err := journal.Open(journal.Options{Identifier: "fuzzlog", Target: journal.Journald, Rate: journal.Unlimited})
	if err != nil {
		return err
	}
	for i, r := range attrs.Make(seed, count) {
		handler := j.Handler().WithAttrs([]slog.Attr{slog.Int("fuzz_record", i)})
		record := slog.NewRecord(time.Now(), slog.LevelError, r.Message, 0)
		record.AddAttrs(r.Attrs...)
		if err := handler.Handle(context.Background(), record); err != nil {
			return err
		}
	}
	return j.Close()
}
