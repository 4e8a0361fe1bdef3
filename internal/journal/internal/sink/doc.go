// Package sink is what the journal's writer asks of a place that records go to, be
// it journald, standard error or one that is still to come.
//
// It knows the words in which they speak. It does not know any of the places, nor
// what becomes of a record that none of them takes.
package sink
