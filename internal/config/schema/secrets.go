package schema

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"github.com/gind/gind/internal/config/document"
	"github.com/gind/gind/value"
)

// secrets are what the layers say for the keys that hold a secret, by path.
type secrets map[string]*secretText

// secretText is one of them, as it is written: the secret itself or a reference.
type secretText struct {
	text      string
	reference bool
	place     document.Place
	content   string      // of what the reference leads to
	file      string      // that the reference leads to
	mode      fs.FileMode // of the file
}

const (
	fileReference       = "file:"
	credentialReference = "credential:"
)

func (s secrets) forget(path string) {
	for key := range s {
		if document.Within(key, path) {
			delete(s, key)
		}
	}
}

// secret takes a secret in. References are followed once all layers are known.
func (f *filler) secret(v reflect.Value, t *document.Tree, path string) {
	if t.Text == "" {
		delete(f.secrets, path)
		v.SetZero()
		return
	}
	v.Set(reflect.ValueOf(value.NewSecret(t.Text)))
	f.secrets[path] = &secretText{
		text: t.Text, place: t.Place, content: t.Text,
		reference: strings.HasPrefix(t.Text, fileReference) || strings.HasPrefix(t.Text, credentialReference),
	}
}

// resolve follows the references. kept are secrets that stand where history has
// only that there was one.
func (f *filler) resolve(kept map[string]string) {
	for path, s := range f.secrets {
		if s.text == value.Redacted {
			f.recall(path, s, kept)
			continue
		}
		if !s.reference {
			continue
		}
		if err := s.follow(); err != nil {
			f.mistake(s.place, path, "%v", err)
		}
	}
}

// recall a secret that was written out when a version was kept. History has no
// secrets: it is what the files say now.
func (f *filler) recall(path string, s *secretText, kept map[string]string) {
	text, ok := kept[path]
	if !ok {
		f.mistake(s.place, path, "%s stands for a secret that is not known here (write file:PATH or credential:NAME in the config: history keeps these)", value.Redacted)
		return
	}
	s.text, s.content = text, text
}

// follow the reference. The error names the file, and holds nothing of it.
func (s *secretText) follow() error {
	file, err := referred(s.text)
	if err != nil {
		return err
	}
	s.file = file
	content, mode, err := document.ReadFile(file)
	if err != nil {
		return fmt.Errorf("the secret in %s can't be read: %w", file, document.Cause(err))
	}
	text := strings.TrimSuffix(strings.TrimSuffix(string(content), "\n"), "\r")
	if text == "" {
		return fmt.Errorf("the secret in %s is empty", file)
	}
	s.mode, s.content = mode, text
	return nil
}

// referred is the file that a reference leads to.
func referred(text string) (string, error) {
	if path, ok := strings.CutPrefix(text, fileReference); ok {
		if !filepath.IsAbs(path) {
			return "", fmt.Errorf("%q: the path of a secret is absolute (write file:/etc/…)", text)
		}
		return path, nil
	}
	name := strings.TrimPrefix(text, credentialReference)
	directory := os.Getenv("CREDENTIALS_DIRECTORY")
	switch {
	case name == "" || strings.ContainsAny(name, `/\`) || name == "." || name == "..":
		return "", fmt.Errorf("%q is not the name of a credential", text)
	case directory == "":
		return "", fmt.Errorf("%q: the service has no credentials (LoadCredential=%s:PATH in its unit)", text, name)
	}
	return filepath.Join(directory, name), nil
}

// literals are the secrets that are written out in the layers.
func (s secrets) literals() map[string]string {
	kept := map[string]string{}
	for path, secret := range s {
		if !secret.reference && secret.text != value.Redacted {
			kept[path] = secret.text
		}
	}
	return kept
}

// shown is what a snapshot shows of the secret at a path: its reference, or that
// there is one.
func (s secrets) shown(path string, secret value.Secret) string {
	if secret.IsZero() {
		return `""`
	}
	if from := s[path]; from != nil && from.reference {
		return document.Word(from.text)
	}
	return document.Word(value.Redacted)
}

// exposed are mistakes for the files that everybody on the machine can read: those
// that references lead to, and those of the config that a secret is written out in.
func (s secrets) exposed() []*document.Mistake {
	var mistakes []*document.Mistake
	for path, secret := range s {
		switch {
		case secret.file != "" && worldReadable(secret.mode):
			mistakes = append(mistakes, &document.Mistake{Place: secret.place, Key: path, Text: fmt.Sprintf(
				"everybody can read the secret in %s (%#o; write chmod o= %s)", secret.file, secret.mode.Perm(), secret.file)})
		case !secret.reference && secret.place.Line > 0:
			info, err := os.Stat(secret.place.Source)
			if err != nil || !info.Mode().IsRegular() || !worldReadable(info.Mode()) {
				continue // it came from elsewhere, or is gone since
			}
			mistakes = append(mistakes, &document.Mistake{Place: secret.place, Key: path, Text: fmt.Sprintf(
				"the secret is written out in a file that everybody can read (%#o; write chmod o= %s, or file:PATH in its place)",
				info.Mode().Perm(), secret.place.Source)})
		}
	}
	return mistakes
}
