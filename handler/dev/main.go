// Command dev runs all of labeltrail on one machine: Azurite, a simulated tenant,
// and the handler, driven the way the Azure Functions host drives it. It pulls
// seven days of audit content and then answers questions until it is interrupted.
//
//	go run ./handler/dev [-once] [-faults] [-events n] [-contents n] [-seed n] [-address host:port] [-v]
//
// The flag -once stops it when the whole week can be queried, after comparing the
// trail with what the tenant holds, record by record. It exits 1 if they differ.
// The flag -faults makes the tenant's API fail in every way that the real one has
// been seen to fail. The trail must still be complete.
//
// Not for production: keys are printed, certificates are temporary, and all data
// is in memory and is lost when the program ends.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// options are the command line flags.
type options struct {
	once     bool
	faults   bool
	events   int
	contents int
	seed     uint64
	address  string
	verbose  bool
}

func parse(args []string) (options, error) {
	var o options
	flags := flag.NewFlagSet("dev", flag.ContinueOnError)
	flags.BoolVar(&o.once, "once", false, "stop when the whole week can be queried, after comparing it with what the tenant holds")
	flags.BoolVar(&o.faults, "faults", false, "make the tenant's API fail in every way that the real one has been seen to fail")
	flags.IntVar(&o.events, "events", 20_000, "number of label events in the seven days")
	flags.IntVar(&o.contents, "contents", 200, "number of content blobs that hold the events")
	flags.Uint64Var(&o.seed, "seed", 1, "seed of everything that the simulated tenant does")
	flags.StringVar(&o.address, "address", "127.0.0.1:0", "address that the functions listen on; port 0 picks a free port")
	flags.BoolVar(&o.verbose, "v", false, "show the handler's log")
	err := flags.Parse(args)
	if err == nil && flags.NArg() > 0 {
		err = fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if err == nil && (o.events < 1 || o.contents < 1) {
		err = errors.New("-events and -contents must be at least 1")
	}
	return o, err
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	o, err := parse(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err == nil {
		err = run(ctx, o, newTerminal(os.Stdout))
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "dev:", err)
		os.Exit(1)
	}
}

// run starts the system and shows the pull of the week. Then it compares the trail
// and returns, or serves questions until ctx ends.
func run(ctx context.Context, o options, t *terminal) error {
	s, err := start(ctx, o, t)
	if err != nil {
		return err
	}
	defer s.close()
	t.line("pulling 7 days of audit content: %s content blobs, %s label events", thousands(len(s.tenant.Contents(s.base))), thousands(o.events))
	if err := s.catchUp(ctx, t); err != nil {
		return err
	}
	if o.once {
		return s.verify(ctx, t)
	}
	s.showQuestions(t)
	return s.notify(ctx, t)
}
