// Package health keeps the promise that the service is ready when its checks say
// so, and not before: a start waits for them, a server that it needs and that goes
// away is named where an operator and a load balancer look, and it serves on.
package health
