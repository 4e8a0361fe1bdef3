// Package supervise keeps the promise of "gind supervise": a program that knows
// nothing of gind is restarted, replaced under load, given up and reported like
// one that does; its output has levels and stalls nobody; nothing of it is left.
package supervise
