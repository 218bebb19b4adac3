// Command labeltrail is the operator's command line. search asks a deployment,
// over HTTPS. The other commands work on a trail's storage, which they find by
// the same settings as the handler does.
//
//	go run ./handler/labeltrail <command> [flags]
//
// It exits 0 if all is well, 1 if it found something wrong, and 2 if it could
// not do what it was asked.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/labeltrail/labeltrail/handler/clock"
	"github.com/labeltrail/labeltrail/handler/search"
	"github.com/labeltrail/labeltrail/handler/settings"
)

// Exit codes.
const (
	exitOK       = 0
	exitFindings = 1
	exitFailed   = 2
)

// A program is the command line and what it runs with.
type program struct {
	getenv         func(string) string
	stdout, stderr io.Writer
	transport      policy.Transporter // to storage; nil means the SDK's own
	retryDelay     time.Duration      // of storage requests; 0 means the SDK's own
	now            func() time.Time
	wait           func(context.Context, time.Duration) error
}

// A command is one of labeltrail's subcommands. Its run returns an exit code
// or an error.
type command struct {
	name, summary string
	run           func(p *program, ctx context.Context, args []string) (int, error)
}

func commands() []command {
	return []command{
		{"search", "ask a deployment for events, and write the whole answer", (*program).search},
		{"fsck", "compare ledger, raw content and rows, and list every disagreement", (*program).fsck},
		{"rebuild", "rebuild all rows from raw content", (*program).rebuild},
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	p := &program{getenv: os.Getenv, stdout: os.Stdout, stderr: os.Stderr, now: time.Now, wait: clock.Sleep}
	code := p.run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// run runs the command that args name and returns the exit code.
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
			return exitOK
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
		return exitOK
	}
	fmt.Fprintf(p.stderr, "labeltrail: unknown command %q\n\n", args[0])
	p.usage(p.stderr)
	return exitFailed
}

func (p *program) usage(w io.Writer) {
	fmt.Fprintln(w, "Usage: labeltrail <command> [flags]")
	fmt.Fprintln(w, "\nCommands; for more, add -h:")
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
	fmt.Fprintln(w, "    DataStorage__tableServiceUri, and the identity that is logged in (az login); AzureWebJobsStorage if unset")
}

// flags returns the flag set of a command that works on storage. -h prints its
// usage, its flags and the settings.
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

// parse parses a command's arguments, which must all be flags.
func parse(f *flag.FlagSet, args []string) error {
	if err := f.Parse(args); err != nil {
		return err
	}
	if f.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", f.Arg(0))
	}
	return nil
}

// search runs search, which is a package of its own.
func (p *program) search(ctx context.Context, args []string) (int, error) {
	return exitOK, search.Run(ctx, search.Config{
		Getenv: p.getenv, Stdout: p.stdout, Stderr: p.stderr, Now: p.now, Wait: p.wait, Progress: p.progress(),
		Credential: func() (azcore.TokenCredential, error) { return operator("") },
	}, args)
}

// progressEvery is how often progress is printed at most: people can read it,
// and it does not flood a log.
const progressEvery = 2 * time.Second

// progress returns a function that prints its message to standard error,
// unless one was printed just before.
func (p *program) progress() func(format string, args ...any) {
	last := p.now()
	return func(format string, args ...any) {
		if now := p.now(); now.Sub(last) >= progressEvery {
			last = now
			fmt.Fprintf(p.stderr, format+"\n", args...)
		}
	}
}
