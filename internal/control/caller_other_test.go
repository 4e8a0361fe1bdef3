//go:build !linux

package control

func peerSelf() Caller { return unknown }
