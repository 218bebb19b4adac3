package tenant

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"
)

// world is what the tenant's streams share. It is immutable.
type world struct {
	tenantID string
	calendar *calendar
	people   []person
	scanner  person
	pools    *pools
}

// contentTypes are those that can be subscribed to.
var contentTypes = []string{Entra, Exchange, General, SharePoint, DLP}

// newStreams returns the streams of the configured content types.
func newStreams(c Config, base time.Time) ([]*stream, error) {
	w := &world{tenantID: c.TenantID, calendar: newCalendar(), people: newPeople(c.Seed), scanner: newScanner(c.Seed)}
	w.pools = newPools(c.Seed, c.TenantID, w.people, base)
	var streams []*stream
	for i, contentType := range c.Types {
		if !slices.Contains(contentTypes, contentType) || slices.Contains(c.Types[:i], contentType) {
			return nil, fmt.Errorf("content type %q is unknown or given twice", contentType)
		}
		s, err := newStream(w, c, contentType, base)
		if err != nil {
			return nil, fmt.Errorf("content type %q: %w", contentType, err)
		}
		streams = append(streams, s)
	}
	return streams, nil
}

func newStream(w *world, c Config, contentType string, base time.Time) (*stream, error) {
	templates, err := noiseOf(contentType)
	if err != nil {
		return nil, err
	}
	s := &stream{
		world: w, contentType: contentType, first: base.Add(-history), step: history / time.Duration(c.Contents),
		live: cmp.Or(c.LiveStep, history/time.Duration(c.Contents)), contents: c.Contents, events: int64(c.Events), templates: templates,
	}
	s.seed = roll(c.Seed, uint64(slices.Index(contentTypes, contentType))).state
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
