// Command dev runs the whole of labeltrail on one machine: the storage
// emulator, a simulated tenant, and the handler driven as the Azure Functions
// host drives it. It pulls seven days of audit content and then answers
// questions, until it is interrupted.
//
//	go run ./handler/dev [-once] [-faults] [-events n] [-contents n] [-seed n] [-v]
//
// With -once it ends when the whole week can be queried, after comparing the
// trail with what the tenant holds, record by record; it exits 1 on a
// difference. With -faults the tenant's API behaves as badly as the real one
// has been seen to, and the trail is to be complete all the same.
//
// Not for production: keys are printed, certificates are thrown away, and
// all data is held in memory and gone when the program ends.
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

// options are the command line.
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
	flags.BoolVar(&o.once, "once", false, "end when the whole week can be queried, and compare it with what the tenant holds")
	flags.BoolVar(&o.faults, "faults", false, "let the API fail in every way that it has been seen to")
	flags.IntVar(&o.events, "events", 20_000, "label events in the seven days")
	flags.IntVar(&o.contents, "contents", 200, "contents that the events lie in")
	flags.Uint64Var(&o.seed, "seed", 1, "decides every event of the simulated tenant")
	flags.StringVar(&o.address, "address", "127.0.0.1:0", "where the functions listen")
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

// run starts the system, shows how the week is pulled, and then either
// compares and ends or keeps running until ctx does.
func run(ctx context.Context, o options, t *terminal) error {
	s, err := start(ctx, o, t)
	if err != nil {
		return err
	}
	defer s.close()
	if err := s.catchUp(ctx, t); err != nil {
		return err
	}
	if o.once {
		return s.verify(ctx, t)
	}
	s.showHow(t)
	return s.live(ctx, t)
}
