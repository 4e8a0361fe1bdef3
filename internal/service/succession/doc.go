// Package succession knows who served before this process and who serves after it:
// the predecessor that started it in an upgrade, what systemd kept for it, the
// successor that it starts, and the connections that go from one to the other. How
// they travel, package handoff knows; what a request is, nobody here.
package succession
