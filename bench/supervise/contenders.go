package supervise

import (
	"fmt"
	"strings"

	"github.com/gind/gind/bench/internal/lab"
)

const program = lab.Mounted + "/supervised"

// contender keeps programs running, and what they print in files.
type contender struct {
	label string
	pkg   string // of Debian
	// units run the commands, one a child, under names that begin with name.
	units func(name string, commands []string) []lab.Unit
	// logger says that a process of the system writes the log, whose memory and
	// time count.
	logger bool
}

var contenders = []contender{
	{label: "gind supervise", units: gindUnits, logger: true},
	{label: "systemd", pkg: "systemd", units: systemdUnits, logger: true},
	{label: "runit", pkg: "runit", units: runitUnits},
	{label: "s6", pkg: "s6", units: s6Units},
	{label: "supervisord", pkg: "supervisor", units: supervisordUnits},
}

// gindUnits has gind wait instead of dropping lines, since that is what the
// others do, and write all to files, since the journal is given a thousand a
// second. The files are not rotated meanwhile, or gind would compress them.
func gindUnits(name string, commands []string) []lab.Unit {
	file := "/etc/bench/" + name + ".yaml"
	var b strings.Builder
	b.WriteString("log: {mirror: always, mirror_max_size: 1GiB, mirror_max_total: 8GiB}\nprograms:\n")
	for i, command := range commands {
		fmt.Fprintf(&b, "  child%d:\n    command: [%s]\n    output: {overflow: wait}\n", i, strings.ReplaceAll(command, " ", ", "))
		b.WriteString("    backoff: {healthy: 1s}\n    crash_loop: {crashes: 1000}\n")
	}
	return []lab.Unit{{
		Name:    name,
		Service: lab.Lines("Type=notify", "Delegate=yes", "ExecStart="+lab.Mounted+"/gind supervise --file "+file, "RuntimeDirectory=bench-"+name, "LogsDirectory=bench-"+name),
		Files:   map[string]string{file: b.String()},
	}}
}

func systemdUnits(name string, commands []string) (units []lab.Unit) {
	for i, command := range commands {
		units = append(units, lab.Unit{
			Name:    fmt.Sprintf("%s-%d", name, i),
			Service: lab.Lines("ExecStart="+command, "Restart=always", "RestartSec=0"),
		})
	}
	return units
}

// services are the folders that runit and s6 have in common.
func services(name, logger string, commands []string) (folder string, files map[string]string) {
	folder, files = "/srv/"+name, map[string]string{}
	for i, command := range commands {
		child := fmt.Sprintf("%s/child%d", folder, i)
		logs := fmt.Sprintf("/var/log/%s/child%d", name, i)
		files[child+"/run"] = "#!/bin/sh\nexec " + command + " 2>&1\n"
		files[child+"/log/run"] = "#!/bin/sh\nmkdir -p " + logs + "\nexec " + logger + " " + logs + "\n"
	}
	return folder, files
}

func runitUnits(name string, commands []string) []lab.Unit {
	folder, files := services(name, "svlogd", commands)
	return []lab.Unit{{Name: name, Files: files, Service: lab.Lines(executable(folder), "ExecStart=runsvdir -P "+folder)}}
}

func s6Units(name string, commands []string) []lab.Unit {
	folder, files := services(name, "s6-log", commands)
	return []lab.Unit{{Name: name, Files: files, Service: lab.Lines(executable(folder), "ExecStart=s6-svscan "+folder)}}
}

// executable makes the scripts of a folder that.
func executable(folder string) string {
	return "ExecStartPre=find " + folder + " -name run -exec chmod +x {} +"
}

func supervisordUnits(name string, commands []string) []lab.Unit {
	file, logs := "/etc/bench/"+name+".conf", "/var/log/bench-"+name
	var b strings.Builder
	fmt.Fprintf(&b, "[supervisord]\nnodaemon=true\nlogfile=%[1]s/supervisord.log\npidfile=/run/%[2]s.pid\n", logs, name)
	for i, command := range commands {
		fmt.Fprintf(&b, "[program:child%d]\ncommand=%s\nstdout_logfile=%s/child%d.log\nstdout_logfile_maxbytes=0\nredirect_stderr=true\n", i, command, logs, i)
	}
	return []lab.Unit{{
		Name: name, Files: map[string]string{file: b.String()},
		Service: lab.Lines("ExecStart=supervisord --configuration "+file, "LogsDirectory=bench-"+name),
	}}
}
