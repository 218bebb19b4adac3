package pull

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/labeltrail/labeltrail/handler/feed"
	"github.com/labeltrail/labeltrail/handler/store"
)

// Log messages that raise an alert. The alert rules in infra/alerts.bicep match
// them, and a test there keeps the two in step.
const (
	logRun         = "pull"                           // every tick; at level ERROR if it could not do its work
	logGap         = "contents no longer listed"      // ERROR: downtime cost an interval
	logNearExpiry  = "contents near their expiration" // WARN, every tick: entries are pending that expire soon
	logWebhookDown = "webhook down"                   // WARN, every tick: the subscription has no enabled webhook
)

// expiryWarning is how long before it expires a pending content blob raises a
// warning. Content blobs live for a week at least and most are ingested within
// minutes, so it means a standstill of days, and leaves time to end it.
const expiryWarning = 48 * time.Hour

func (t *typeTick) warnNearExpiry(ctx context.Context) {
	next := t.status.NextExpiration
	if next.IsZero() || t.cfg.Clock.Until(next) > expiryWarning {
		return
	}
	t.cfg.Log.WarnContext(ctx, logNearExpiry, "contentType", t.status.ContentType,
		"nextExpiration", next, "oldestPending", t.status.OldestPending)
}

// warnWebhookDown logs that the API will not notify us. No content blob is lost
// by it: the listing finds what a notification would have announced.
func (t *typeTick) warnWebhookDown(ctx context.Context) {
	if t.cfg.Webhook == nil || t.subs == nil || t.status.Webhook == feed.Enabled {
		return
	}
	t.cfg.Log.WarnContext(ctx, logWebhookDown, "contentType", t.status.ContentType, "webhook", t.status.Webhook)
}

func (t *tick) logRun(ctx context.Context) {
	r := t.run
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
	t.cfg.Log.LogAttrs(ctx, level, logRun, attrs...)
}

// faultOf returns err as the status shows it: the first cause that the API
// named, else storage's; nil for no error. Packages feed and store promise
// error texts without personal data and without secrets.
func faultOf(err error, now time.Time) *store.Fault {
	if err == nil {
		return nil
	}
	if api, ok := errors.AsType[*feed.Error](err); ok {
		return &store.Fault{Time: now, Code: cmp.Or(api.Code, string(api.Class)), Message: api.Message}
	}
	switch {
	case store.Denied(err):
		return &store.Fault{Time: now, Code: "StorageDenied", Message: err.Error() +
			" (does the function app's identity have Storage Blob Data Contributor and Storage Table Data Contributor?)"}
	case store.Unavailable(err):
		return &store.Fault{Time: now, Code: "StorageUnavailable", Message: err.Error()}
	}
	return &store.Fault{Time: now, Code: "InternalError", Message: err.Error()}
}
