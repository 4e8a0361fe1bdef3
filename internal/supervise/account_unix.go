//go:build unix

package supervise

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"slices"
	"strconv"

	"github.com/gind/gind/internal/supervise/process"
)

// account is who a program runs as. The credential is nil if that is who gind
// runs as already.
type account struct {
	credential  *process.Credential
	environment []string
}

// account looks the user and the group up. As with systemd, HOME, LOGNAME and
// USER are the user's, when there is one.
func (p *plan) account() (account, *Mistake) {
	if p.User == "" && p.Group == "" {
		return account{}, nil
	}
	who, err := lookupUser(p.User)
	if err != nil {
		return account{}, &Mistake{"user", err}
	}
	if p.Group != "" {
		if who.Gid, err = lookupGroup(p.Group); err != nil {
			return account{}, &Mistake{"group", err}
		}
	}
	c, err := credentialOf(who)
	if err != nil {
		return account{}, &Mistake{"user", fmt.Errorf("%s: %w", who.Username, err)}
	}
	var env []string
	if p.User != "" && who.HomeDir != "" {
		env = []string{"HOME=" + who.HomeDir, "LOGNAME=" + who.Username, "USER=" + who.Username}
	}
	if isSelf(c) {
		return account{environment: env}, nil
	}
	if os.Geteuid() != 0 {
		key := "user"
		if p.User == "" {
			key = "group"
		}
		return account{}, &Mistake{key, errors.New("only root can start a program as somebody else")}
	}
	return account{c, env}, nil
}

// elsewhere finds nothing: these systems have every key.
func (r *reading) elsewhere() {}

// lookupUser finds a user by name or number. A number needs no entry in passwd(5).
func lookupUser(name string) (*user.User, error) {
	if name == "" {
		name = strconv.Itoa(os.Getuid())
	}
	if _, err := strconv.ParseUint(name, 10, 32); err != nil {
		return user.Lookup(name)
	}
	if who, err := user.LookupId(name); err == nil {
		return who, nil
	}
	return &user.User{Uid: name, Gid: name, Username: name}, nil
}

func lookupGroup(name string) (id string, err error) {
	if _, err := strconv.ParseUint(name, 10, 32); err == nil {
		return name, nil
	}
	group, err := user.LookupGroup(name)
	if err != nil {
		return "", err
	}
	return group.Gid, nil
}

func credentialOf(who *user.User) (*process.Credential, error) {
	uid, err := strconv.ParseUint(who.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(who.Gid, 10, 32)
	if err := errors.Join(err, err2); err != nil {
		return nil, err
	}
	c := &process.Credential{UID: uint32(uid), GID: uint32(gid), Groups: []uint32{uint32(gid)}}
	ids, _ := who.GroupIds() // a user without an entry is in no other group
	for _, id := range ids {
		if n, err := strconv.ParseUint(id, 10, 32); err == nil && n != gid {
			c.Groups = append(c.Groups, uint32(n))
		}
	}
	slices.Sort(c.Groups)
	return c, nil
}

func isSelf(c *process.Credential) bool {
	return int(c.UID) == os.Geteuid() && int(c.GID) == os.Getegid()
}
