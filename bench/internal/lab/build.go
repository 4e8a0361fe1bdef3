package lab

import (
	"debug/buildinfo"
	"os"
	"os/exec"
	"path/filepath"
)

// Build compiles programs into the session's folder, as gind itself is
// compiled, each under the name of its package's folder.
func (s *Session) Build(packages ...string) {
	s.Logf("building %v", packages)
	s.build("", packages...)
}

// BuildGind compiles the gind program itself as "gind".
func (s *Session) BuildGind() {
	s.Logf("building gind")
	root, err := Repository()
	s.Must(err)
	s.build(root, "./cmd/app")
	s.Must(os.Rename(s.Program("app"), s.Program("gind")))
}

func (s *Session) build(dir string, packages ...string) {
	args := append([]string{"build", "-trimpath", "-ldflags=-s -w", "-o", s.Dir() + "/"}, packages...)
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		s.Fatalf("lab: go build %v: %v\n%s", packages, err, out)
	}
}

// Program is the path of a program that was built.
func (s *Session) Program(name string) string { return filepath.Join(s.Dir(), name) }

// ModuleVersion is the version of a module that a program was built with.
func (s *Session) ModuleVersion(program, module string) string {
	info, err := buildinfo.ReadFile(s.Program(program))
	s.Must(err)
	for _, dep := range info.Deps {
		if dep.Path == module {
			return dep.Version
		}
	}
	s.Fatalf("lab: %s is not built with %s", program, module)
	return ""
}
