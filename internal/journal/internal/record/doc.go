// Package record packs what slog logs into one piece of bytes, and reads it back.
//
// It knows slog's attributes and how their values become text or numbers, what
// bounds a record, and which of the four lanes of the mirror it belongs to. It does
// not know a format: neither journald's fields nor a line of JSON, nor who has it.
package record
