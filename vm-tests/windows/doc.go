// Package windows keeps, under Wine, what a service promises on Windows: it is
// installed, started, reloaded and stopped by the service manager, without the loss of
// a request. And what "gind supervise" promises there: the same restarts, levels, exit
// statuses and alerts, and no process that outlives its program or gind.
package windows
