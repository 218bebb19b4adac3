package main

import (
	"context"
	"errors"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/labeltrail/labeltrail/handler/fsck"
	"github.com/labeltrail/labeltrail/handler/settings"
	"github.com/labeltrail/labeltrail/handler/store"
)

// openTrail reads the settings and opens the trail that they name. It sends no
// request.
func (p *program) openTrail() (settings.Trail, *store.Store, error) {
	trail, faults := settings.LoadTrail(p.getenv)
	if len(faults) > 0 {
		return trail, nil, errors.New("settings:\n  " + strings.Join(faults, "\n  "))
	}
	config, err := trail.StoreConfig(func() (azcore.TokenCredential, error) { return operator(trail.Storage.ClientID) })
	if err != nil {
		return trail, nil, err
	}
	config.Transport, config.RetryDelay, config.Now = p.transport, p.retryDelay, p.now
	st, err := store.Open(config)
	return trail, st, err
}

// operator returns the identity that runs the command: the person who is
// logged in (az login, azd auth login), else the machine's managed identity,
// which clientID may name.
func operator(clientID string) (azcore.TokenCredential, error) {
	person, err := azidentity.NewDefaultAzureCredential(nil)
	if err != nil || clientID == "" {
		return person, err
	}
	options := &azidentity.ManagedIdentityCredentialOptions{ID: azidentity.ClientID(clientID)}
	machine, err := azidentity.NewManagedIdentityCredential(options)
	if err != nil {
		return nil, err
	}
	return azidentity.NewChainedTokenCredential([]azcore.TokenCredential{person, machine}, nil)
}

const fsckUsage = `Usage: labeltrail fsck

Reads the whole trail and changes nothing: every entry of the ledger, every raw blob, every row and the index. Each
disagreement between them is a line on standard output, a JSON object with kind, what, where, expected and found; lines with
"information": true are not disagreements. The last line is a summary of counts. Exit code 1 if there are disagreements.

RECORD_TYPES and RETENTION_DAYS must be those that the trail was made with. Temporary files, in TMPDIR, take about 2,000
bytes an event while it runs; they hold ids and checksums.`

// fsck runs fsck, which is a package of its own.
func (p *program) fsck(ctx context.Context, args []string) (int, error) {
	if err := parse(p.flags("fsck", fsckUsage), args); err != nil {
		return 0, err
	}
	trail, st, err := p.openTrail()
	if err != nil {
		return 0, err
	}
	summary, err := fsck.Run(ctx, p.fsckConfig(trail, st))
	if err != nil {
		return 0, err
	}
	summary.WriteText(p.stderr)
	if summary.Disagreements > 0 {
		return exitFindings, nil
	}
	return exitOK, nil
}

func (p *program) fsckConfig(trail settings.Trail, st *store.Store) fsck.Config {
	return fsck.Config{
		Store: st, Want: trail.RecordTypes, Oldest: store.OldestKept(p.now(), trail.RetentionDays),
		Out: p.stdout, Progress: p.progress(),
	}
}
