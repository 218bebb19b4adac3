package events

import (
	"time"

	"github.com/labeltrail/labeltrail/handler/store/internal/tables"
)

// The constants below tune how events are found. The package documentation
// describes the strategies and what they cost. The constants only trade requests,
// rows, memory and time against each other: the events that List yields do not
// depend on them. They are estimates unless a measurement is given.

// Months that may have no table.
const (
	// A scan of up to unlistedMonths months does not first ask which tables exist:
	// two requests that find nothing cost about as much as asking.
	unlistedMonths = 2
	// A lookup reads its months in parallel, so a year and a bit takes no longer than
	// asking first.
	unlistedIndexMonths = 13
)

// Requests in flight.
const (
	monthsAhead      = 4  // months of a scan, if the caller wants more than a page
	segmentsAhead    = 8  // segments of a month in a scan
	indexMonthsAhead = 16 // months of a lookup: more than a year at once
	rowsInFlight     = 32 // single rows or ranges of a lookup; the HTTP client keeps as many connections
)

// Segments of a scan.
const (
	segmentRows    = 2 * tables.MaxPage  // rows that a segment should hold: few requests, and little memory for segmentsAhead of them
	longestSegment = 31 * 24 * time.Hour // a whole month
)

// Chunks of a lookup: keys whose rows are read together.
const (
	firstChunk = 64      // the first chunk, if the caller states no limit: two rounds of rowsInFlight
	chunk      = 256     // later chunks: eight rounds
	chunkBytes = 8 << 20 // of records in a chunk, estimated from the chunk before, so that large records need no more memory
)

// Ranges of a lookup. A range replaces single rows, but also reads rows that nobody
// asked for.
const (
	denseKeys    = 10          // keys that a range must hold, at least one an hour: it replaces that many requests
	denseRows    = 8           // rows that ranges may read for each wanted one, so that a range stays cheaper than single rows
	densePrior   = 40          // wanted rows that ranges are credited with at first, so that one bad range does not disable them
	rangeGrowth  = 4           // factor by which ranges become longer while they are quick
	longestRange = 31 * 24     // hours: a whole month
	quickRanges  = time.Second // what the ranges of a chunk may take to count as quick
)

// Windows of a hybrid.
const (
	hybridLimit         = 5000           // events that a caller without a limit is assumed to want
	hybridHours         = 24             // scan on while, at the rate so far, the rest lies within this many hours
	longestHybridWindow = 24 * time.Hour // so that a window does not scan far beyond the point where events become rare
)
