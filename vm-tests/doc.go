// Package vmtests uses gind as an operator does: its packages are installed on
// real Debian systems that run in containers, see package machine, and what
// the project promises is asked of them with apt-get, systemctl, journalctl
// and HTTP. Each promise is a test; each test runs on every Debian release
// that is promised, both at a time. The program for Windows runs under Wine.
//
// A plain "go test ./..." leaves these tests out and says "no tests to run".
// "make vm-test" builds the packages and runs them, "make vm-test
// RUN=TestReload" some of them, "make vm-test-qemu" those that boot a whole
// computer. They need root on Linux.
//
// The environment says what is tested: GIND_VM_TESTS switches the tests on,
// GIND_DEB and GIND_RPM are the packages' paths. GIND_VM_ROUNDS is how often what is
// repeated is repeated, GIND_LOG_STANDSTILL=10s how long journald is stopped under load.
package vmtests
