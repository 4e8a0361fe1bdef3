package main

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/gind/gind/internal/config/schema"
)

const pageTop = `# The config: every key

This page is written from the program by ` + "`go generate ./internal/settings`" + `; ` + "`gind config schema`" + ` prints the same
for editors. How the layers, reloads, history and secrets work is in [configuration.md](configuration.md).

Later layers win:

| layer | for the service gind |
| --- | --- |
| defaults | this page |
| drop-ins of packages | ` + "`/usr/lib/gind/gind.d/*.yaml`" + `, in the order of their names |
| the file | ` + "`/etc/gind/gind.yaml`, or `--config FILE`" + ` |
| drop-ins of the operator | ` + "`/etc/gind/gind.d/*.yaml`" + `, in the order of their names |
| the overlay of the environment | ` + "`/etc/gind/gind.production.yaml`" + `, with the value of ` + "`environment`" + ` in its name |
| ` + "`.env`" + ` in the working directory, or beside ` + "`--config FILE`" + ` | in the environment development, or with ` + "`config.dotenv: true`" + ` |
| variables | ` + "`GIND_SERVER_READ_TIMEOUT=5s`" + ` |
| flags | ` + "`--set server.read_timeout=5s`" + ` |

Durations have a unit (` + "`500ms`, `5s`, `2m`, `1h30m`" + `), sizes too (` + "`64KiB`, `10MB`, `1GiB`" + `); only 0 needs none.
A text may be the content of a file (` + "`file:/path`" + `) or of a credential (` + "`credential:NAME`" + `, systemd's
LoadCredential=) where the type is secret. *Live* keys take effect with a reload, the others with a restart.

`

// page is the reference for people.
func (r *reference) page() []byte {
	b := bytes.NewBufferString(pageTop)
	var single []schema.Key
	for _, k := range r.keys {
		if k.Type != schema.Group && k.Type != schema.Named {
			single = append(single, k)
		}
	}
	r.table(b, single)
	for _, k := range r.keys {
		r.chapter(b, k, "##")
	}
	return b.Bytes()
}

// chapter is a group's table, and the chapters of the groups in it.
func (r *reference) chapter(b *bytes.Buffer, k schema.Key, heading string) {
	if len(k.Keys) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s %s\n\n%s\n\n", heading, k.Path, escaped(r.about(k)))
	var single []schema.Key
	for _, below := range k.Keys {
		if len(below.Keys) == 0 {
			single = append(single, below)
		}
	}
	r.table(b, single)
	for _, below := range k.Keys {
		r.chapter(b, below, heading+"#")
	}
}

func (r *reference) table(b *bytes.Buffer, keys []schema.Key) {
	b.WriteString("| key | type | default | bounds | takes effect | since | meaning |\n| --- | --- | --- | --- | --- | --- | --- |\n")
	for _, k := range keys {
		effect := "live"
		if !k.Live {
			effect = "restart"
		}
		fmt.Fprintf(b, "| `%s` | %s | `%s` | %s | %s | %s | %s |\n",
			k.Path, typeText(k), k.WrittenDefault(), boundsText(k), effect, k.Since, escaped(r.about(k)))
	}
}

func typeText(k schema.Key) string {
	if k.Format != "" && k.Type == schema.List {
		return "list of " + plural(k.Format)
	}
	if k.Format != "" {
		return k.Format
	}
	if len(k.Enum) > 0 {
		return "word"
	}
	return string(k.Type)
}

func boundsText(k schema.Key) string {
	if len(k.Enum) > 0 {
		return "`" + strings.Join(k.Enum, "`, `") + "`"
	}
	return k.Bounds()
}

// escaped keeps a text from being markup.
func escaped(text string) string {
	return strings.NewReplacer("|", `\|`, "*", `\*`, "<", "&lt;").Replace(text)
}

func plural(word string) string {
	if strings.HasSuffix(word, "s") {
		return word + "es"
	}
	return word + "s"
}
