package query

import (
	"context"
	"iter"
	"time"

	"github.com/labeltrail/labeltrail/handler/store/ledger"
)

// allTime reaches back before the first audit records.
const allTime = 50 * 365 * 24 * time.Hour

// serveContent serves /api/v1/content: the ledger entries, by contentCreated.
func (h *handler) serveContent(r *request) (response, error) {
	return serveList(h, &list[ledger.Entry]{
		name: "content", parameters: contentParameters, back: allTime,
		window: 31 * 24 * time.Hour, // a partition is a month
		read: func(ctx context.Context, q *question, at resumePoint, _ func() bool) iter.Seq2[ledger.Entry, error] {
			return h.Store.Ledger.List(ctx, ledger.Query{
				ContentType: q.contentType, States: q.states, From: at.from, To: at.to, After: at.after, Limit: q.rowLimit(),
			})
		},
		position: ledger.Entry.Position,
		matches:  func(*question, *ledger.Entry) bool { return true },
		write:    writeEntry,
	}, r)
}

func writeEntry(d *draft, _ *question, e *ledger.Entry) error {
	o := beginObject(&d.Buffer)
	o.text("contentId", e.ID)
	o.text("contentType", e.Type)
	o.time("contentCreated", e.Created)
	o.time("contentExpiration", e.Expiration)
	o.text("state", string(e.State))
	o.number("tries", int32(e.Tries))
	if !e.NextTry.IsZero() && e.State == ledger.Pending {
		o.time("nextTry", e.NextTry)
	}
	if e.Error != "" {
		o.text("error", e.Error)
	}
	if e.Blob != "" {
		o.text("blob", e.Blob)
	}
	for _, count := range []struct {
		name string
		n    int
	}{
		{"records", e.Records}, {"rows", e.Rows}, {"duplicates", e.Duplicates}, {"conflicts", e.Conflicts}, {"rejected", e.Rejected},
	} {
		o.number(count.name, int32(count.n))
	}
	o.end()
	return o.err
}
