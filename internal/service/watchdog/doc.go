// Package watchdog notices that a process does not work any more, writes down why, and
// asks systemd for another. It knows what is a sign of life, and what the next process
// is to find of this one; how a crash is kept, package crash knows, and how listeners
// and checks are asked, whoever hands the functions in.
package watchdog
