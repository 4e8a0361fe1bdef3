// Package windows keeps, under Wine, what "gind supervise" promises on Windows: the
// same restarts, levels, exit statuses and alerts, and no process that outlives its
// program or gind.
package windows
