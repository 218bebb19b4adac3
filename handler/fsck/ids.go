package fsck

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"
)

// A datedID is an event's id and the time of that event.
type datedID struct {
	Event   string // the id, in its key form
	Created time.Time
	Blob    string // a raw blob that holds the event
}

// sortKey returns the id.
func (d datedID) sortKey() string { return d.Event }

func compareIDs(a, b datedID) int {
	return cmp.Or(strings.Compare(a.Event, b.Event), a.Created.Compare(b.Created))
}

// addID counts the event that the claims to one row are of, and remembers its id.
func (c *check) addID(claims []claim) error {
	if len(claims) == 0 {
		return nil
	}
	c.tally.Events++
	cl := claims[0]
	return c.ids.add(datedID{Event: cl.Event, Created: cl.Created, Blob: c.Store.RawName(cl.Content)})
}

// checkIDs lists the ids that Microsoft gave to events of different times.
// Each such event has a row of its own, and a query for the id finds them all.
// A record without an Id never appears: its key is a hash of the whole record.
func (c *check) checkIDs(context.Context) error {
	for list, err := range groups(keyed[datedID]{c.ids.sorted(), datedID.sortKey}) {
		if err != nil {
			return err
		}
		if len(list) > 1 {
			c.report.add(idFinding(list))
		}
	}
	return nil
}

// idFinding describes the events of one id, which are in order of time.
func idFinding(list []datedID) finding {
	var times, blobs []string
	for _, d := range list {
		times = append(times, d.Created.Format(time.RFC3339Nano))
		if !slices.Contains(blobs, d.Blob) {
			blobs = append(blobs, d.Blob)
		}
	}
	return finding{Kind: idTwoTimes, What: list[0].Event, Where: strings.Join(blobs, ","),
		Expected: "one CreationTime", Found: strings.Join(times, ",")}
}
