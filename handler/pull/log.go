package pull

import (
	"context"
	"log/slog"
	"time"

	"github.com/labeltrail/labeltrail/handler/feed"
	"github.com/labeltrail/labeltrail/handler/store"
)

// Messages of log entries that somebody is woken by: the alert rules in
// infra/alerts.bicep look for them, and a test there holds the two together.
const (
	logRun         = "pull"                           // each tick; at level ERROR if it could not do its work
	logGap         = "contents no longer listed"      // ERROR: downtime cost an interval
	logNearExpiry  = "contents near their expiration" // WARN, each tick: pending, and not for much longer to be had
	logWebhookDown = "webhook down"                   // WARN, each tick: the subscription does not have it, or not enabled
)

// expiryNotice is how long before it expires a content that is still pending
// is warned of. Contents live for a week at least and are mostly ingested in
// minutes, so this is a standstill of days, with the time left that somebody
// needs to end it.
const expiryNotice = 48 * time.Hour

func (t *tick) warnOfExpiry(ctx context.Context, status store.TypeStatus) {
	next := status.NextExpiration
	if next.IsZero() || next.Sub(t.Now()) > expiryNotice {
		return
	}
	t.Log.WarnContext(ctx, logNearExpiry, "contentType", status.ContentType,
		"nextExpiration", next, "oldestPending", status.OldestPending)
}

// warnOfWebhook says that the API will not notify us. Nothing is lost by it:
// what a notice would have brought, the listing does.
func (t *tick) warnOfWebhook(ctx context.Context, status store.TypeStatus) {
	if t.Webhook == nil || t.subs == nil || status.Webhook == feed.Enabled {
		return
	}
	t.Log.WarnContext(ctx, logWebhookDown, "contentType", status.ContentType, "webhook", status.Webhook)
}

func (p *Pull) logRun(ctx context.Context, r store.Run) {
	level, attrs := slog.LevelInfo, []slog.Attr{
		slog.Int("listed", r.Listed), slog.Int("fetched", r.Fetched), slog.Int("records", r.Records),
		slog.Int("rows", r.Rows), slog.Int("duplicates", r.Duplicates), slog.Int("conflicts", r.Conflicts),
		slog.Int("rejected", r.Rejected), slog.Int64("apiRequests", r.APIRequests),
		slog.Int64("storageRequests", r.StorageRequests), slog.Duration("took", r.Finished.Sub(r.Started)),
	}
	if r.Error != nil {
		level = slog.LevelError
		attrs = append(attrs, slog.String("code", r.Error.Code), slog.String("error", r.Error.Message))
	}
	p.Log.LogAttrs(ctx, level, logRun, attrs...)
}
