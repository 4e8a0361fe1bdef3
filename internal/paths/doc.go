// Package paths knows where the files of a service are: its config, the versions
// of that, the reports of its crashes, its control socket, its log. It knows names
// of folders alone; what is in the files, and whether they are there, it does not.
package paths
