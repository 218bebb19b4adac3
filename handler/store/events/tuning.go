package events

import (
	"time"

	"github.com/labeltrail/labeltrail/handler/store/internal/tables"
)

// The constants below tune how events are found. See the package documentation for
// the strategies and what requests cost. All of them only trade requests, rows and
// time against each other: the events that List yields do not depend on them.

// Tables that may not exist.
const (
	// A scan of up to unlistedMonths months does not first ask which tables exist:
	// two queries that find nothing cost as much as the question.
	unlistedMonths = 2
	// The same for the index. Its months are read in parallel, so a year and a bit
	// costs no more time than asking.
	unlistedIndexMonths = 13
)

// Reading ahead.
const (
	monthsAhead      = 4  // months that a scan reads at a time, if the caller wants more than a page
	segmentsAhead    = 8  // segments of a month that a scan reads at a time
	indexMonthsAhead = 16 // months of the index that a lookup reads at a time
	rowsInFlight     = 32 // single rows, or ranges, that a lookup reads at a time
)

// Segments of a scan.
const (
	// A segment should hold segmentRows rows. Two pages are worth a connection of
	// their own, and eight segments in flight stay small in memory.
	segmentRows    = 2 * tables.MaxPage
	longestSegment = 31 * 24 * time.Hour // a whole month
)

// Chunks of a lookup: keys whose rows are read together.
const (
	firstChunk = 64      // the first chunk, if the caller states no limit
	chunk      = 256     // later chunks; eight rounds of rowsInFlight
	chunkBytes = 8 << 20 // of records in a chunk, estimated from the chunk before
)

// Ranges of a lookup. A page of a thousand rows takes about as long as eight
// single rows, and costs one request instead of eight.
const (
	denseKeys    = 10          // keys that a range must hold to be worth a request
	denseRows    = 8           // rows that a range may read for each wanted one
	densePrior   = 40          // wanted rows that ranges are credited with, so that one bad range does not disable them
	rangeGrowth  = 4           // how much longer ranges become while they are quick
	longestRange = 31 * 24     // hours: a whole month
	quickRanges  = time.Second // what a chunk's ranges may take to count as quick
)

// Windows of a hybrid.
const (
	hybridLimit   = 5000           // events that a caller without a limit is assumed to want
	hybridHours   = 24             // scan on while, at the rate so far, the rest lies within this many hours
	longestWindow = 24 * time.Hour // one window must not scan far past the point where the events thin out
)
