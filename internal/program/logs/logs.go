package logs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"net/url"
	"os"
	"time"

	"github.com/gind/gind/internal/command"
	"github.com/gind/gind/internal/control"
	"github.com/gind/gind/internal/journal"
	"github.com/gind/gind/internal/service/orders"
)

// lookAgain is how long a service that is not there is left alone.
const lookAgain = time.Second

// Print what the service at a control socket has logged. folder is where its files are
// if it cannot be asked.
func Print(ctx context.Context, request command.LogRequest, socket, folder string) error {
	level := slog.LevelDebug
	if request.Level != "" {
		var err error
		if level, err = journal.ParseLevel(request.Level); err != nil {
			return command.Usage(err)
		}
	}
	r := &reader{LogRequest: request, level: level, socket: socket, dir: folder}
	r.print = printer(request)
	err := r.read(ctx)
	for request.Follow && err == nil && ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-time.After(lookAgain):
			err = r.read(ctx)
		}
	}
	if errors.Is(err, context.Canceled) {
		err = nil // the reader has seen enough
	}
	return err
}

// printer prints a record in the form that is wanted.
func printer(request command.LogRequest) func(journal.Line) error {
	if request.JSON {
		return func(l journal.Line) error {
			_, err := fmt.Fprintf(request.Out, "%s\n", l.JSON)
			return err
		}
	}
	return journal.NewPrinter(request.Out, request.Color).Print
}

// reader reads what one service logs, in one process after the other.
type reader struct {
	command.LogRequest
	level       slog.Level
	socket, dir string
	print       func(journal.Line) error

	told bool      // that the service does not run
	last time.Time // of the records that were seen; what follows is newer
}

// read prints what there is, and goes on for as long as the process lives if it is
// to be followed.
func (r *reader) read(ctx context.Context) error {
	now := time.Now()
	stream, err := r.connect(ctx)
	if err != nil {
		if r.last.IsZero() && !r.told {
			r.Note("only the log files are read: " + err.Error())
		}
		if r.told {
			return nil
		}
		r.told = true
		return r.past(now, nil, true)
	}
	defer func() { _ = stream.Close() }()
	r.told = true
	records := orders.NewStream(stream)
	memory, err := records.Past()
	if err != nil {
		return err
	}
	if len(memory) > 0 {
		now = memory[len(memory)-1].Time // what comes later is in the stream too
	}
	if err := r.past(now, memory, false); err != nil || !r.Follow {
		return err
	}
	return r.follow(records)
}

// connect asks the running process for its records, and where its files are.
func (r *reader) connect(ctx context.Context) (io.ReadCloser, error) {
	if r.socket == "" {
		return nil, fmt.Errorf("no control socket: %w", control.ErrNotRunning)
	}
	client, err := control.Dial(r.socket)
	if err != nil {
		return nil, err
	}
	if status, err := client.Status(ctx); err == nil {
		if s, ok := orders.LogStats(status.Journal); ok && s.Mirror.Dir != "" {
			r.dir = s.Mirror.Dir
		}
	}
	query := url.Values{"level": {journal.LevelName(r.level)}}
	if r.Follow {
		query.Set("follow", "true")
	}
	stream, err := client.Stream(ctx, "/logs?"+query.Encode())
	if err != nil {
		return nil, errors.Join(err, client.Close())
	}
	return stream, nil
}

// past prints what was logged until a moment, as much of it as is wanted. Where
// there are only the files, it is an error that there are none.
func (r *reader) past(until time.Time, memory []journal.Line, onlyFiles bool) error {
	files, err := os.ReadDir(r.dir)
	switch {
	case onlyFiles && err != nil:
		return fmt.Errorf("read the log files: %w", err)
	case onlyFiles && len(files) == 0:
		return fmt.Errorf("read the log files: %s: there are none", r.dir)
	case err != nil && !errors.Is(err, os.ErrNotExist):
		r.Note("the log files are not read: " + err.Error())
	}
	since := r.Since
	if r.last.After(since) {
		since = r.last.Add(time.Microsecond) // that is how exact the files are
	}
	query := journal.Query{Since: since, Until: until, Min: r.level}
	wanted := r.bound(journal.Merge(journal.Read(r.dir, query), after(memory, since)))
	for line := range wanted {
		if err := r.show(line); err != nil {
			return err
		}
	}
	if until.After(r.last) {
		r.last = until // whether it was shown or not
	}
	return nil
}

// after is the lines that are not older than since.
func after(lines []journal.Line, since time.Time) []journal.Line {
	for len(lines) > 0 && lines[0].Time.Before(since) {
		lines = lines[1:]
	}
	return lines
}

// bound is the last of the lines, as many as are wanted. The first time only:
// whoever follows wants all that comes.
func (r *reader) bound(lines iter.Seq2[journal.Line, error]) iter.Seq[journal.Line] {
	bounded := r.last.IsZero() && r.Lines != command.AllLines
	return func(yield func(journal.Line) bool) {
		var kept []journal.Line
		for line, err := range lines {
			switch {
			case err != nil:
				r.Note(err.Error())
			case !bounded:
				if !yield(line) {
					return
				}
			default:
				if kept = append(kept, line); len(kept) > 2*r.Lines {
					kept = append(kept[:0], kept[len(kept)-r.Lines:]...)
				}
			}
		}
		if len(kept) > r.Lines && bounded {
			kept = kept[len(kept)-r.Lines:]
		}
		for _, line := range kept {
			if !yield(line) {
				return
			}
		}
	}
}

func (r *reader) show(line journal.Line) error {
	if line.Time.After(r.last) {
		r.last = line.Time
	}
	return r.print(line)
}

// follow prints records as they come, until the process ends.
func (r *reader) follow(records *orders.Stream) error {
	for {
		line, err := records.Next()
		if err != nil {
			return nil //nolint:nilerr // whoever comes after it is asked next
		}
		if err := r.show(line); err != nil {
			return err
		}
	}
}
