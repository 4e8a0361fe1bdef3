// Package governor keeps a flow below a rate, and counts what it held back.
//
// It knows the time. It does not know what flows, nor where the rest goes.
package governor
