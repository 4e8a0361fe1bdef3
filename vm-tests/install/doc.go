// Package install keeps the promise that the packages do what an administrator
// expects of Debian and rpm: apt install and the service runs, confined; a newer
// package replaces the running program without a gap, a broken one leaves the old
// one serving; the config is the administrator's; purge leaves nothing behind.
package install
