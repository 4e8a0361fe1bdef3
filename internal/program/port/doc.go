// Package port is on which port a packaged service listens, and how that becomes
// another: what is written, which unit follows which, what proves it, and how everything
// is put back. How a unit is read and told, it does not know.
package port
