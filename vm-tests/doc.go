// Package vmtests uses gind as an operator does: its packages are installed on
// real Debian systems that run in containers, see package machine, and what
// the project promises is asked of them with apt-get, systemctl, journalctl
// and HTTP. Each promise is a test; each test runs on every Debian release
// that is promised, both at a time. The program for Windows runs under Wine.
//
// The tests stand where an operator would look for them, and the doc.go of each
// folder says what is promised: install, restart, config, logs, crash, health,
// requests, supervise, windows, and computer, which boots whole computers. What
// they share: machine boots the systems, installed puts gind on them, service and
// traffic are the service there and what is asked of it, client is the HTTP of
// that, and programs are what is installed beside gind or in its place.
//
// A plain "go test ./..." leaves these tests out and says "no tests to run".
//
//	make vm-test                                     # build the packages, run every test
//	make vm-test RUN='TestSIGUSR2Upgrades$$'         # one test; make wants each $ twice
//	make vm-test RUN='TestSIGUSR2Upgrades$$/trixie'  # on one release
//	make vm-test-qemu                                # those that boot a whole computer
//
// RUN is what "go test -run" takes; a name that no test has fails before anything
// is built. After a first run its packages stand in dist. As long as they are good,
// a run of the same test takes seconds without make:
//
//	export GIND_DEB=$(ls -t $PWD/dist/*.deb | head -n 1) GIND_RPM=$(ls -t $PWD/dist/*.rpm | head -n 1)
//	vm-tests/run 'TestSIGUSR2Upgrades$/trixie'
//
// They need root on Linux.
//
// The environment says what is tested: GIND_VM_TESTS switches the tests on,
// GIND_DEB and GIND_RPM are the packages' paths. GIND_VM_ROUNDS is how often what is
// repeated is repeated, GIND_LOG_STANDSTILL=10s how long journald is stopped under load.
package vmtests
