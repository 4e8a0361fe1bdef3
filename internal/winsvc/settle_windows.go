package winsvc

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/windows"
)

// settle gives the process what systemd would give it: a folder to work in, which is the
// program's and not system32, one for the log files of this service, and standard streams
// that can be written to, though nobody reads them.
func settle(name string) error {
	return errors.Join(workBesideProgram(), findData(), findLogs(name), openStreams())
}

func workBesideProgram() error {
	program, err := os.Executable()
	if err == nil {
		err = os.Chdir(filepath.Dir(program))
	}
	if err != nil {
		return fmt.Errorf("the service works in the folder that the service manager chose: %w", err)
	}
	return nil
}

// findData has the folder of all services' data in the environment, where others look
// for it: Wine's service manager leaves it out.
func findData() error {
	const variable = "ProgramData"
	if os.Getenv(variable) != "" {
		return nil
	}
	folder, err := windows.KnownFolderPath(windows.FOLDERID_ProgramData, windows.KF_FLAG_DEFAULT)
	if err == nil {
		err = os.Setenv(variable, folder)
	}
	if err != nil {
		return fmt.Errorf("the service does not find its config and data (%%ProgramData%%): %w", err)
	}
	return nil
}

// findLogs by the name of the service, so that several of one program have each their own.
func findLogs(name string) error {
	const variable = "LOGS_DIRECTORY"
	if os.Getenv(variable) != "" {
		return nil
	}
	if err := os.Setenv(variable, filepath.Join(os.Getenv("ProgramData"), name, "logs")); err != nil {
		return fmt.Errorf("the service has no log files: %w", err)
	}
	return nil
}

func openStreams() error {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("the service has no standard streams: %w", err)
	}
	os.Stdin, os.Stdout, os.Stderr = null, null, null
	return nil
}
