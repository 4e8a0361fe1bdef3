package main

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/gind/gind/internal/config/schema"
)

// sampleTop is the beginning of the shipped file: what to know first, and the one
// key that is set in it.
const sampleTop = `# yaml-language-server: $schema=/usr/share/gind/gind.schema.json

# The config of gind. What is commented out is the default; "gind check" says whether this file is good,
# "systemctl reload gind" puts it in force, "gind config show" prints every value and where it comes from.
# Durations need a unit (500ms, 5s, 2m), sizes too (64KiB, 10MB). Files in /etc/gind/gind.d win over this one.
# Every key is explained in /usr/share/doc/gind/config.md.

`

// samples are written by hand: names that an operator chooses have no default to
// show.
var samples = map[string]string{"listeners": sampleListeners, "health.checks": sampleChecks, "alerts": sampleAlerts}

const sampleListeners = `listeners:
  http:
    # host:port, :port for all addresses, or unix:/path. gind.socket opens port 8080 and passes it under
    # this name; the address counts where it does not.
    address: :8080
  # With a certificate a listener speaks TLS, HTTP/2 included.
  # https:
  #   address: :8443
  #   certificate: /etc/gind/tls/server.crt
  #   key: /etc/gind/tls/server.key
`

const sampleChecks = `#   # checks:
#   #   database:
#   #     type: postgres
#   #     address: db.example.org:5432
#   #     user: shop
#   #     password: file:/etc/gind/database.password
#   #   disk:
#   #     type: disk
#   #     path: /var/lib/gind
#   #     kind: advisory
`

const sampleAlerts = `# alerts:
#   # on-call:
#   #   type: webhook
#   #   url: file:/etc/gind/webhook.url
#   # admins:
#   #   type: mail
#   #   to: [root]
`

// sampleWidth is where comments are wrapped.
const sampleWidth = 102

// sample is the shipped file: every key, commented out, with its default.
func (r *reference) sample() []byte {
	b := bytes.NewBufferString(sampleTop)
	for i, k := range r.keys {
		if i > 0 {
			b.WriteString("\n")
		}
		b.WriteString(r.comment(k, "# "))
		switch k.Type {
		case schema.Named:
			b.WriteString(samples[k.Path])
		case schema.Group:
			r.sampleGroup(b, k)
		default:
			fmt.Fprintf(b, "# %s: %s\n", k.Name(), k.WrittenDefault())
		}
	}
	return b.Bytes()
}

func (r *reference) sampleGroup(b *bytes.Buffer, group schema.Key) {
	fmt.Fprintf(b, "# %s:\n", group.Name())
	for i, k := range group.Keys {
		if i > 0 {
			b.WriteString("#\n")
		}
		b.WriteString(r.comment(k, "#   # "))
		if k.Type == schema.Named {
			b.WriteString(samples[k.Path])
			continue
		}
		fmt.Fprintf(b, "#   %s: %s\n", k.Name(), k.WrittenDefault())
	}
}

// comment is what is said of a key, each line after a prefix.
func (r *reference) comment(k schema.Key, prefix string) string {
	text := strings.Join(append([]string{r.about(k)}, facts(k)...), " ")
	var b strings.Builder
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && len(prefix)+len(line)+1+len(word) > sampleWidth {
			b.WriteString(prefix + line + "\n")
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return b.String() + prefix + line + "\n"
}
