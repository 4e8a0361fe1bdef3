package journal

import (
	"io"
	"iter"
	"log/slog"

	"github.com/gind/gind/internal/journal/internal/mirror"
	"github.com/gind/gind/internal/journal/internal/record"
	"github.com/gind/gind/internal/journal/internal/tail"
	"github.com/gind/gind/internal/journal/internal/target"
	"github.com/gind/gind/internal/journal/level"
	"github.com/gind/gind/internal/journal/line"
)

// What the rooms below have made, under the names that whoever logs knows it by.

// The levels that syslog has and slog does not.
const (
	LevelNotice = level.Notice
	LevelCrit   = level.Crit
	LevelAlert  = level.Alert
	LevelEmerg  = level.Emerg
)

// Target says where records go first.
type Target = target.Target

// The targets.
const (
	Auto     = target.Auto
	Journald = target.Journald
	Text     = target.Text
	JSON     = target.JSON
)

// ParseTarget is target.Parse.
func ParseTarget(s string) (Target, error) { return target.Parse(s) }

// Subscription hands over records as they are logged.
type Subscription = tail.Subscription

// Line is one record as the mirror's JSON format has it.
type Line = line.Line

// Printer shows records to people.
type Printer = line.Printer

// Format is how the mirror writes a record.
type Format = line.Format

// The formats of the mirror.
const (
	FormatJSON   = line.FormatJSON
	FormatLogfmt = line.FormatLogfmt
)

// MirrorOptions says what stands in the per-level files.
type MirrorOptions = mirror.Options

// MirrorStats is the state of the per-level files.
type MirrorStats = mirror.Stats

// Mode says which records the mirror gets.
type Mode = mirror.Mode

// The modes of the mirror.
const (
	Fallback = mirror.Fallback
	Always   = mirror.Always
	Off      = mirror.Off
)

// Query says which records of a mirror are wanted.
type Query = mirror.Query

// Secret is a string that is never logged.
type Secret = record.Secret

// ParseLevel is level.Parse.
func ParseLevel(s string) (slog.Level, error) { return level.Parse(s) }

// LevelName is level.Name.
func LevelName(l slog.Level) string { return level.Name(l) }

// SyslogName is level.SyslogName.
func SyslogName(l slog.Level) string { return level.SyslogName(l) }

// ParseFormat is line.ParseFormat.
func ParseFormat(s string) (Format, error) { return line.ParseFormat(s) }

// ParseLine is line.Parse.
func ParseLine(text []byte) (Line, error) { return line.Parse(text) }

// Merge is line.Merge.
func Merge(files iter.Seq2[Line, error], memory []Line) iter.Seq2[Line, error] {
	return line.Merge(files, memory)
}

// NewPrinter is line.NewPrinter.
func NewPrinter(w io.Writer, color bool) *Printer { return line.NewPrinter(w, color) }

// ParseMode is mirror.ParseMode.
func ParseMode(s string) (Mode, error) { return mirror.ParseMode(s) }

// Read is mirror.Read.
func Read(dir string, q Query) iter.Seq2[Line, error] { return mirror.Read(dir, q) }
