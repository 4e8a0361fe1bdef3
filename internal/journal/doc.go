// Package journal writes what a service logs: to journald in its native protocol,
// or to standard error where there is no journald, and to per-level files, the
// mirror, what those do not take.
//
// Whoever logs packs the record into a ring and goes on. One goroutine takes the
// records out and hands them over, many with one system call. Nothing the journal
// does can hold a caller up for long: not a full ring, nor a journald that is
// slow, stopped or gone, nor a disk that is full or hangs.
//
// # What is not lost
//
//   - What the target does not take in time spills to the mirror. Where there is none
//     it stays in the ring until the target takes it; of a ring that fills up, the last
//     is for warnings and errors, and an error waits for room there.
//   - An error, or worse, is in the hands of journald or of the file system before
//     the call that logged it returns, so that not even SIGKILL loses it. The
//     wait for that is bounded by half a second (Stats.Unawaited counts the errors
//     whose wait was in vain).
//   - What is below an error is handed over within a few milliseconds (Close, and so
//     every orderly end, hands over the rest). What a process that dies at once, by
//     SIGKILL, SIGABRT, os.Exit or a panic that nobody recovers, had not handed over
//     lies in its ring, and the next process logs it (Options.RingDir). Some of it may
//     then stand there twice.
//   - What journald's socket had taken when it was closed, and journald may not have
//     read, is spilled too; some of it may then stand in both (Stats.Unconfirmed).
//   - What neither target nor mirror took, nor the ring had room for, is counted (Stats.Lost), and said in the
//     next record that gets through.
//
// # Fields
//
// A record has MESSAGE, PRIORITY, SYSLOG_IDENTIFIER, SYSLOG_FACILITY (daemon),
// SYSLOG_TIMESTAMP (its own time, in microseconds since 1970), CODE_FILE, CODE_LINE
// and CODE_FUNC, and ERRNO if an attribute is an error that wraps a syscall.Errno.
// Attributes become fields by these rules:
//
//   - the keys of the groups and of the attribute are joined by underscores;
//     letters become upper case, and what is not a letter or digit of ASCII an
//     underscore: group "http", key "user-id" is HTTP_USER_ID, and request_id,
//     trace_id, span_id and message_id are REQUEST_ID, TRACE_ID, SPAN_ID and MESSAGE_ID;
//   - leading underscores, which mark journald's own fields, fall away;
//   - a name that begins with a digit, or is one of those above or otherwise acted
//     upon by journald, gets FIELD_ before it: priority is FIELD_PRIORITY;
//   - one of which nothing is left is FIELD_ and eight hexadecimal digits, the FNV-1a
//     hash of the key; one of more than 64 characters keeps its first 55, an
//     underscore and that hash;
//   - attributes that share a name are values of one field, in the order in which
//     they were logged; journald permits that, and finds the record by each.
//
// Durations read as time.Duration writes them, times as RFC 3339, errors as their
// text, other types as what MarshalText or String says or else as JSON. A type
// keeps its secrets by being a slog.LogValuer, by a method Redacted() string as
// *url.URL has, or by being a Secret.
//
// # Files
//
// The mirror's lines are JSON or logfmt. Each begins with time (UTC, microseconds),
// level, pid, journal (why it stands only here: "spilled" or "governed"), msg and,
// from warnings on, source; then come the attributes. Read goes through them.
//
// The package knows the way of a record from the ring to the target or to the mirror,
// and what is done with one that neither takes. What a record, a line, journald or a
// file is, the rooms below know. It does not know where records come from.
package journal
