//go:build unix

package docs

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Every block of the pages that begins with `go run` runs as a reader would run
// it: first the dev system, then the command line against it, then Ctrl-C.
func TestCommands(t *testing.T) {
	commands := goRuns(t)
	dev := slices.IndexFunc(commands, func(c string) bool { return strings.HasPrefix(c, "go run ./handler/dev") })
	if dev < 0 || len(commands) < 4 {
		t.Fatalf("precondition: the commands are %q", commands)
	}
	s := startDev(t, commands[dev])
	environ := s.environ(t)
	for i, command := range commands {
		switch {
		case i == dev || command == "go run ./infra/package": // infra/package has a test of its own
		case strings.HasPrefix(command, "go run ./handler/labeltrail "):
			t.Run(command, func(t *testing.T) { runCommand(t, command, environ) })
		default:
			t.Errorf("no test runs %q", command)
		}
	}
	s.interrupt(t)
}

// goRuns returns the commands of all shell blocks that begin with `go run`, each
// once. Blocks with placeholders begin with something else.
func goRuns(t *testing.T) []string {
	t.Helper()
	block := regexp.MustCompile("(?s)\n```sh\n(go run .*?)\n```")
	var found []string
	for _, path := range documents(t) {
		for _, m := range block.FindAllStringSubmatch(readDocument(t, path), -1) {
			switch command := m[1]; {
			case strings.ContainsAny(command, "\n'\"$&|;<>`\\"):
				t.Errorf("%s: %q needs a shell, which this test does not use", path, command)
			case !slices.Contains(found, command):
				found = append(found, command)
			}
		}
	}
	return found
}

// runCommand runs a command of the command line to its end. A file that it
// writes goes to a temporary folder.
func runCommand(t *testing.T, command string, environ []string) {
	arguments := strings.Fields(command)
	out := ""
	if i := slices.Index(arguments, "-out"); i >= 0 {
		out = filepath.Join(t.TempDir(), arguments[i+1])
		arguments[i+1] = out
	}
	cmd := exec.CommandContext(t.Context(), arguments[0], arguments[1:]...)
	cmd.Dir, cmd.Env = "..", append(os.Environ(), environ...)
	if printed, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, printed)
	}
	if out == "" {
		return
	}
	if info, err := os.Stat(out); err != nil || info.Size() < 1000 {
		t.Errorf("the file: %+v, %v", info, err)
	}
}

// startup is how long the dev system may take to catch up, on a loaded machine
// and with a cold build cache. ending is how long it may take to end.
const (
	startup = 8 * time.Minute
	ending  = time.Minute
)

// A devSystem is a running ./handler/dev.
type devSystem struct {
	cmd   *exec.Cmd
	temp  string // its folder for temporary files
	out   output
	ended chan error
}

// startDev starts the dev system and waits until it has caught up.
func startDev(t *testing.T, command string) *devSystem {
	t.Helper()
	program, arguments := build(t, command)
	s := &devSystem{temp: t.TempDir(), out: output{ready: make(chan struct{})}, ended: make(chan error, 1)}
	s.cmd = exec.CommandContext(t.Context(), program, arguments...)
	s.cmd.Dir, s.cmd.Env = "..", append(os.Environ(), "TMPDIR="+s.temp)
	s.cmd.Stdout, s.cmd.Stderr = &s.out, &s.out
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // one group, as in a terminal
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL) })
	go func() { s.ended <- s.cmd.Wait() }()
	select {
	case <-s.out.ready:
	case err := <-s.ended:
		t.Fatalf("%s ended: %v\n%s", command, err, s.out.text())
	case <-time.After(startup):
		t.Fatalf("%s has not caught up after %v:\n%s", command, startup, s.out.text())
	}
	return s
}

// build builds the program of a `go run` command. An interrupted `go run` exits
// with 1 whatever its program does, so this test runs the program itself.
func build(t *testing.T, command string) (program string, arguments []string) {
	t.Helper()
	arguments = strings.Fields(command)
	program = filepath.Join(t.TempDir(), "program")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-o", program, arguments[2])
	cmd.Dir = ".."
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v\n%s", arguments[2], err, out)
	}
	return program, arguments[3:]
}

// environ returns the variables that the dev system prints for the command line.
func (s *devSystem) environ(t *testing.T) []string {
	t.Helper()
	text := s.out.text()
	ask := regexp.MustCompile(`(?m)^URL=(\S+) KEY='(\S+)'$`).FindStringSubmatch(text)
	check := regexp.MustCompile(`(?m)^export TENANT_ID=(\S+) DataStorage='(\S+)'$`).FindStringSubmatch(text)
	if ask == nil || check == nil {
		t.Fatalf("the dev system does not say how to ask it and how to check it:\n%s", text)
	}
	return []string{"LABELTRAIL_URL=" + ask[1], "LABELTRAIL_KEY=" + ask[2], "TENANT_ID=" + check[1], "DataStorage=" + check[2]}
}

// interrupt presses Ctrl-C. The dev system must then exit with 0 and leave nothing
// behind: no process and no temporary file.
func (s *devSystem) interrupt(t *testing.T) {
	t.Helper()
	if err := syscall.Kill(-s.cmd.Process.Pid, syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-s.ended:
		if err != nil {
			t.Errorf("after Ctrl-C: %v\n%s", err, s.out.text())
		}
	case <-time.After(ending):
		t.Fatalf("still running %v after Ctrl-C:\n%s", ending, s.out.text())
	}
	if err := syscall.Kill(-s.cmd.Process.Pid, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("a process is left: %v", err)
	}
	left, err := os.ReadDir(s.temp)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range left {
		t.Errorf("left in the temporary folder: %s", e.Name())
	}
}

// output collects the output of the dev system. It closes ready when the system
// has caught up and has printed its last line, which mentions Ctrl-C.
type output struct {
	ready chan struct{}

	mu   sync.Mutex
	all  bytes.Buffer
	seen bool
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.all.Write(p)
	if _, rest, found := strings.Cut(o.all.String(), "caught up"); found && !o.seen && strings.Contains(rest, "Ctrl-C") {
		o.seen = true
		close(o.ready)
	}
	return len(p), nil
}

func (o *output) text() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.all.String()
}
