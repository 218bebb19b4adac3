package tenant

// FaultMode is one way in which the service misbehaves. All have been seen in
// the field, or follow from the reference.
type FaultMode string

// Fault modes of requests. Together they affect one resource (a content blob, a
// page, an operation within an hour) at most maxFaults times, so that a client
// that retries succeeds.
const (
	TooManyRequests FaultMode = "429"
	Throttled       FaultMode = "403 with AF429 in single quotes"
	RetryAfter      FaultMode = "429 with Retry-After"
	InternalError   FaultMode = "500 AF50000, at times in single quotes"
	FrontDoorError  FaultMode = "503 in HTML, also of the token endpoint"
	ConnectionReset FaultMode = "connection reset in mid-body"
	TruncatedBody   FaultMode = "body cut short under a Content-Length that fits"
	ErrorObject     FaultMode = "200 with an error for an array"
	EmptyBody       FaultMode = "200 with an empty body"
	SlowResponse    FaultMode = "slow answer"
	PageLoop        FaultMode = "next page is the page itself"
	StalePage       FaultMode = "next page that is no longer known (AF20031)"
	ForeignPage     FaultMode = "next page on another host"
)

// Fault modes that occur once in a tenant's life. A client must recover.
const (
	TokenRevoked         FaultMode = "token invalid in mid-run"
	SubscriptionDisabled FaultMode = "subscription disabled in mid-run; the 15 minutes between starts hold"
	WebhookNull          FaultMode = "webhook gone without a word"
)

// Fault modes of content blobs, which are permanent. Lost and Unreadable return
// the blobs that no client can read.
const (
	Expired       FaultMode = "content listed and expired (AF20051)"
	Missing       FaultMode = "content listed that does not exist (AF20050)"
	Vanished      FaultMode = "content listed and 404 without a body"
	NotArray      FaultMode = "content that is no array"
	BrokenRecord  FaultMode = "record with an invalid escape in an array of good ones"
	ByteOrderMark FaultMode = "byte order mark before the array"
	Republished   FaultMode = "content published again, under another id, days later"
	Late          FaultMode = "content that is listed later than its creation says"
)

// Fault modes of form, which a client should not even notice.
const (
	LocalhostURI  FaultMode = "contentUri that points to localhost"
	DuplicateRows FaultMode = "row listed twice on a page"
	OddCasing     FaultMode = "NextPageUri in odd case, its names in lower case"
	Gzip          FaultMode = "gzip, when the client accepts it"
	StatusMissing FaultMode = "subscription listed without a status"
	PartialWindow FaultMode = "window wider than 24 hours answered in part, with 200"
)

// All fault modes, in four groups.
var (
	requestFaults = []FaultMode{TooManyRequests, Throttled, RetryAfter, InternalError, FrontDoorError, ConnectionReset, TruncatedBody,
		ErrorObject, EmptyBody, SlowResponse, PageLoop, StalePage, ForeignPage}
	onceFaults    = []FaultMode{TokenRevoked, SubscriptionDisabled, WebhookNull}
	contentFaults = []FaultMode{Expired, Missing, Vanished, NotArray, BrokenRecord, ByteOrderMark, Republished, Late}
	formFaults    = []FaultMode{LocalhostURI, DuplicateRows, OddCasing, Gzip, StatusMissing, PartialWindow}
)

// isLoss reports whether a content blob with this fault can never be fetched.
func (m FaultMode) isLoss() bool { return m == Expired || m == Missing || m == Vanished }
