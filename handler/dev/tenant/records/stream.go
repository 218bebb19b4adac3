package records

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/labeltrail/labeltrail/handler/dev/tenant/dice"
)

// Names of the content types of the Management Activity API.
const (
	General    = "Audit.General"
	Exchange   = "Audit.Exchange"
	SharePoint = "Audit.SharePoint"
	Entra      = "Audit.AzureActiveDirectory"
	DLP        = "DLP.All"
)

// ContentTypes returns all content types. A stream's seed depends on its place
// in this list.
func ContentTypes() []string { return []string{Entra, Exchange, General, SharePoint, DLP} }

// history is how much of the past a stream holds at its base time. It is two
// hours less than the seven days that the API lists, so that a client which
// starts then has two hours until the oldest content blob can no longer be
// listed.
const history = 7*24*time.Hour - 2*time.Hour

// Config says what streams to make. Only LiveStep has a default.
type Config struct {
	TenantID string
	Seed     uint64
	// Base is the end of the history.
	Base time.Time
	// Events is the number of label events of each stream in the history.
	Events int
	// Contents is the number of content blobs of each stream in the history.
	Contents int
	// LiveStep is the average time between content blobs after the history.
	// Default: as in the history.
	LiveStep time.Duration
	// NoiseShare is the share of noise among all records: 0 <= NoiseShare < 1.
	NoiseShare float64
	// Types are the content types to make streams of.
	Types []string
}

// world is what all streams share. It is immutable.
type world struct {
	tenantID string
	calendar *calendar
	people   []person
	scanner  person
	pools    *pools
}

// Stream is everything that happens in one content type: its schedule of
// content blobs, and what is in them. It is immutable.
type Stream struct {
	*world
	ContentType string
	Seed        uint64
	First       time.Time // start of the history

	step      time.Duration // average time between the blobs of the history
	live      time.Duration // the same after the history
	contents  int           // blobs in the history
	events    int64         // label events in the history
	noise     int64         // noise records in the history
	plan      *plan
	templates []*template
	weight    int // sum of the templates' weights
}

// NewStreams returns one stream for each configured content type, in their
// order. It fails for a content type that is unknown or given twice.
func NewStreams(c Config) ([]*Stream, error) {
	w := &world{tenantID: c.TenantID, calendar: newCalendar(), people: newPeople(c.Seed), scanner: newScanner(c.Seed)}
	w.pools = newPools(c.Seed, c.TenantID, w.people, c.Base)
	var streams []*Stream
	for i, contentType := range c.Types {
		if !slices.Contains(ContentTypes(), contentType) || slices.Contains(c.Types[:i], contentType) {
			return nil, fmt.Errorf("content type %q is unknown or given twice", contentType)
		}
		s, err := newStream(w, c, contentType)
		if err != nil {
			return nil, fmt.Errorf("content type %q: %w", contentType, err)
		}
		streams = append(streams, s)
	}
	return streams, nil
}

func newStream(w *world, c Config, contentType string) (*Stream, error) {
	templates, err := noiseOf(contentType)
	if err != nil {
		return nil, err
	}
	step := history / time.Duration(c.Contents)
	s := &Stream{
		world: w, ContentType: contentType, First: c.Base.Add(-history), step: step, live: cmp.Or(c.LiveStep, step),
		contents: c.Contents, events: int64(c.Events), templates: templates,
	}
	s.Seed = dice.Key(c.Seed, uint64(slices.Index(ContentTypes(), contentType)))
	s.plan = newPlan(scriptsOf(contentType), float64(c.Events)/history.Hours())
	if len(s.plan.slots) == 0 {
		s.events = 0
	}
	for _, t := range templates {
		s.weight += t.weight
	}
	if s.weight > 0 {
		s.noise = int64(math.Round(float64(c.Events) * c.NoiseShare / (1 - c.NoiseShare)))
	}
	return s, nil
}
