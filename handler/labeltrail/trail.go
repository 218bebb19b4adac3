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

// A trail is the trail of one tenant: how it is configured and where it is
// stored.
type trail struct {
	settings.Trail
	store *store.Store
}

// openTrail reads the settings and opens the trail that they name. It sends no
// request.
func (p *program) openTrail() (trail, error) {
	t, faults := settings.LoadTrail(p.getenv)
	if len(faults) > 0 {
		return trail{}, errors.New("settings:\n  " + strings.Join(faults, "\n  "))
	}
	config, err := t.StoreConfig(func() (azcore.TokenCredential, error) { return operator(t.Storage.ClientID) })
	if err != nil {
		return trail{}, err
	}
	config.Transport, config.RetryDelay, config.Now = p.transport, p.retryDelay, p.now
	st, err := store.Open(config)
	return trail{t, st}, err
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
	t, err := p.openTrail()
	if err != nil {
		return 0, err
	}
	summary, err := fsck.Run(ctx, p.fsckConfig(t))
	if err != nil {
		return 0, err
	}
	summary.WriteText(p.stderr)
	if summary.Disagreements > 0 {
		return exitFindings, nil
	}
	return exitOK, nil
}

func (p *program) fsckConfig(t trail) fsck.Config {
	return fsck.Config{
		Store: t.store, Want: t.RecordTypes, Oldest: store.OldestKept(p.now(), t.RetentionDays),
		Out: p.stdout, Progress: p.progress(),
	}
}
