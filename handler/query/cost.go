package query

import (
	"strconv"
	"time"

	"github.com/labeltrail/labeltrail/handler/store"
)

// Headers of every answer that say what it cost, so that whoever wonders why a
// question is slow need not guess.
const (
	rowsHeader         = "Labeltrail-Rows-Read"        // rows of tables, wanted or not, those of the index among them
	requestsHeader     = "Labeltrail-Storage-Requests" // retries included
	millisecondsHeader = "Labeltrail-Milliseconds"     // until the answer began to be sent
)

// completeHeader is a header of the answers of lists, with the time that JSON
// calls completeThrough; absent while it is not known.
const completeHeader = "Labeltrail-Complete-Through"

func costHeader(c *store.Cost, took time.Duration) map[string]string {
	return map[string]string{
		rowsHeader:         strconv.FormatInt(c.Rows(), 10),
		requestsHeader:     strconv.FormatInt(c.Requests(), 10),
		millisecondsHeader: strconv.FormatInt(took.Milliseconds(), 10),
	}
}
