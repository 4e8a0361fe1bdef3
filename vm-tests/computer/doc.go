// Package computer keeps the promises that a container cannot show, on a whole
// computer in qemu: the service is there after a reboot and after a power cut, and
// what the kernel kills at MemoryMax= has named what leaks. It takes minutes, and
// so "make vm-test-qemu" runs it and "make vm-test" does not.
package computer
