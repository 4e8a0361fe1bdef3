// Package machine boots Debian systems for tests and lets the tests use them
// as an operator would: with a shell, systemctl, journalctl and HTTP.
//
// A [Machine] is a container of systemd-nspawn with a systemd of its own as
// PID 1. It boots in about half a second from a root that is made once, kept in
// the user's cache folder and never written to: what happens in a machine is
// in an overlay that dies with it.
//
// A machine has its own network namespace with a loopback and nothing else, so
// every machine can use port 8080. [Machine.Dial] and [Machine.HTTP] open their
// connections inside it; [Machine.Command] runs a program of the host, such as
// a load generator, in it.
//
// A machine cannot outlive its test, however that ends. It runs in a PID
// namespace whose first process is systemd-nspawn itself, and a chain of
// parent-death signals (prctl(2), PR_SET_PDEATHSIG) leads from there to the
// test process: when that is killed, the kernel ends every process of the
// machine, its mounts and its network with it. The empty control groups that
// are then left are swept when the next test starts.
//
// A [Computer] is a whole machine in qemu, for what a container cannot show:
// a reboot, a kernel, a power cut. It boots in one to two minutes.
//
// Both need root on Linux, and Debian's packages systemd-container and
// mmdebstrap, or qemu-system-x86 and e2fsprogs.
package machine
