package query

import (
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
)

// A hit is a record with the properties that Search-UnifiedAuditLog gives, for
// scripts that were written for it.
//
// ResultIndex counts from 1 on each page, and ResultCount is how many results
// the page has: what one call of the cmdlet says, too. The -1 and 0 that it
// says when it timed out never appear.
type hit struct {
	recordType string // by name; by number if it has none
	created    time.Time
	user       string
	operation  string
	auditData  []byte
	identity   string // the record's Id
}

// The properties that are the same for every record.
const objectState = "Unchanged"

// cmdletColumns are the properties in the cmdlet's order.
var cmdletColumns = []string{
	"RecordType", "CreationDate", "UserIds", "Operations", "AuditData",
	"ResultIndex", "ResultCount", "Identity", "IsValid", "ObjectState",
}

func hitOf(r *audit.Record) hit {
	user, _ := r.Text(audit.UserID)
	operation, _ := r.Text(audit.Operation)
	return hit{typeText(r.RecordType), r.CreationTime.UTC(), user, operation, recordText(r), r.ID}
}

// writeCmdlet writes the properties as JSON.
func writeCmdlet(d *draft, r *audit.Record) error {
	h, o := hitOf(r), beginObject(&d.Buffer)
	o.text("RecordType", h.recordType)
	o.time("CreationDate", h.created)
	o.text("UserIds", h.user)
	o.text("Operations", h.operation)
	o.text("AuditData", string(h.auditData))
	o.number("ResultIndex", int32(d.number))
	o.name("ResultCount")
	d.leaveHole()
	o.text("Identity", h.identity)
	o.boolean("IsValid", true)
	o.text("ObjectState", objectState)
	o.end()
	return o.err
}
