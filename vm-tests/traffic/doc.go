// Package traffic is what clients ask of the service in a machine while
// something happens to it: requests of package client that are like no other,
// each with an answer of its own, and wrk, as fast as it is answered. Nothing of
// it may be lost.
package traffic
