// Command labeltrail is the operator's command line. search asks a deployment,
// over HTTPS. The other commands work on a trail's storage, which they find by
// the same settings as the handler does.
//
//	go run ./handler/labeltrail <command> [flags]
//
// It exits 0 if all is well, 1 if it has found that something is not, and 2
// if it could not do what it was asked.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/labeltrail/labeltrail/handler/settings"
)

// Exit codes.
const (
	exitWell    = 0
	exitNotWell = 1
	exitFailed  = 2
)

// A program is the command line and the world that it runs in.
type program struct {
	getenv         func(string) string
	stdout, stderr io.Writer
	transport      policy.Transporter     // to storage; nil: the usual one
	retryDelay     time.Duration          // of requests to storage; 0: the usual one
	api            http.RoundTripper      // to a deployment; nil: the usual one
	credential     azcore.TokenCredential // for a deployment; nil: who is logged in
	silence        time.Duration          // of a deployment, that is put up with; 0: the usual one
	now            func() time.Time
	wait           func(context.Context, time.Duration) error
}

// A command is one of the words that labeltrail understands. Its run returns
// an exit code, or an error instead.
type command struct {
	name, summary string
	run           func(p *program, ctx context.Context, args []string) (int, error)
}

func commands() []command {
	return []command{
		{"search", "ask a deployment for events, and write all of the answer", (*program).search},
		{"fsck", "compare ledger, raw content and rows, and list every disagreement", (*program).fsck},
		{"rebuild", "make all rows again from raw content", (*program).rebuild},
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	p := &program{getenv: os.Getenv, stdout: os.Stdout, stderr: os.Stderr, now: time.Now, wait: wait}
	code := p.run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// run runs the command that args name, and returns the exit code.
func (p *program) run(ctx context.Context, args []string) int {
	if len(args) == 0 {
		p.usage(p.stderr)
		return exitFailed
	}
	for _, c := range commands() {
		if c.name != args[0] {
			continue
		}
		code, err := c.run(p, ctx, args[1:])
		if errors.Is(err, flag.ErrHelp) {
			return exitWell
		}
		if err != nil {
			fmt.Fprintf(p.stderr, "labeltrail %s: %v\n", c.name, err)
			return exitFailed
		}
		return code
	}
	switch args[0] {
	case "help", "-h", "-help", "--help":
		p.usage(p.stdout)
		return exitWell
	}
	fmt.Fprintf(p.stderr, "labeltrail: %q is no command\n\n", args[0])
	p.usage(p.stderr)
	return exitFailed
}

func (p *program) usage(w io.Writer) {
	fmt.Fprintln(w, "Usage: labeltrail <command> [flags]")
	fmt.Fprintln(w, "\nCommands; -h after one says more:")
	for _, c := range commands() {
		fmt.Fprintf(w, "  %-8s  %s\n", c.name, c.summary)
	}
	p.listSettings(w)
}

// listSettings lists the settings of the commands that work on storage.
func (p *program) listSettings(w io.Writer) {
	fmt.Fprintln(w, "\nSettings of fsck and rebuild, from the environment, the same as the function app's:")
	for _, s := range settings.Table() {
		if s.Trail && s.Default == "" {
			fmt.Fprintf(w, "  %s (required)\n", s.Name)
		} else if s.Trail {
			fmt.Fprintf(w, "  %s (default %s)\n", s.Name, s.Default)
		}
	}
	fmt.Fprintln(w, "  DataStorage: a connection string; or DataStorage__accountName, or DataStorage__blobServiceUri and")
	fmt.Fprintln(w, "    DataStorage__tableServiceUri, and who is logged in (az login); AzureWebJobsStorage if unset")
}

// flags are those of a command; -h prints its usage and its flags.
func (p *program) flags(name, usage string) *flag.FlagSet {
	f := flag.NewFlagSet(name, flag.ContinueOnError)
	f.SetOutput(p.stderr)
	f.Usage = func() {
		fmt.Fprintln(p.stderr, usage)
		f.PrintDefaults()
		p.listSettings(p.stderr)
	}
	return f
}

// parse reads a command's arguments, none of which is anything but a flag.
func parse(f *flag.FlagSet, args []string) error {
	if err := f.Parse(args); err != nil {
		return err
	}
	if f.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", f.Arg(0))
	}
	return nil
}

// wait is the real clock's wait.
func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
