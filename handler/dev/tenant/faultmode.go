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
	InternalError   FaultMode = "500 AF50000, sometimes in single quotes"
	FrontDoorError  FaultMode = "503 in HTML, from the token endpoint too"
	ConnectionReset FaultMode = "connection reset within the body"
	TruncatedBody   FaultMode = "truncated body with a matching Content-Length"
	ErrorObject     FaultMode = "200 with an error object instead of an array"
	EmptyBody       FaultMode = "200 with an empty body"
	SlowResponse    FaultMode = "slow response"
	PageLoop        FaultMode = "next page is the page itself"
	StalePage       FaultMode = "next page that has expired (AF20031)"
	ForeignPage     FaultMode = "next page on another host"
)

// Fault modes that occur once in a tenant's life. A client must recover.
const (
	TokenRevoked         FaultMode = "token revoked during a run"
	SubscriptionDisabled FaultMode = "subscription disabled during a run, 15 minutes before it may start again"
	WebhookNull          FaultMode = "webhook removed silently"
)

// Fault modes of content blobs, which are permanent. Lost and Unreadable return
// the blobs that no client can read.
const (
	Expired       FaultMode = "listed content blob that has expired (AF20051)"
	Missing       FaultMode = "listed content blob that does not exist (AF20050)"
	Vanished      FaultMode = "listed content blob with 404 and no body"
	NotArray      FaultMode = "content blob that is not an array"
	BrokenRecord  FaultMode = "one record with an invalid escape in a valid array"
	ByteOrderMark FaultMode = "byte order mark before the array"
	Republished   FaultMode = "content blob published again days later, under another id"
	Late          FaultMode = "content blob listed later than its creation time suggests"
)

// Deviations of form. A client should not notice them.
const (
	LocalhostURI  FaultMode = "contentUri that points to localhost"
	DuplicateRows FaultMode = "row listed twice on a page"
	OddCasing     FaultMode = "NextPageUri header in another case, its parameters in lower case"
	Gzip          FaultMode = "gzip, if the client accepts it"
	StatusMissing FaultMode = "subscription listed without a status"
	PartialWindow FaultMode = "window over 24 hours, answered in part with 200"
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
