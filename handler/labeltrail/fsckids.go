package main

import (
	"context"
	"slices"
	"strings"
	"time"
)

// A dated is an event and when it happened.
type dated struct {
	Event   string
	At      string // position of its row
	Created time.Time
	Blob    string // raw content that has it
}

func (d dated) id() string { return d.Event }

func firstTwo(id string) string { return id[:min(len(id), 2)] }

// date remembers the event of some claims to one row. One without an Id cannot
// happen twice: its id is made of all that it says.
func (c *check) date(claims []claim) error {
	if len(claims) == 0 {
		return nil
	}
	c.tally.Events++
	cl := claims[0]
	return c.ids.add(dated{Event: cl.Event, At: cl.At, Created: cl.Created, Blob: c.store.RawName(*cl.Content)})
}

// twice lists the ids that the source gave to events of different times: each
// is a row of its own, and a question for the id finds them all.
func (c *check) twice(context.Context) error {
	ids, err := newCursor(c.ids.sorted(), dated.id)
	defer ids.stop()
	for err == nil && ids.ok {
		var list []dated
		if list, err = ids.take(ids.at); err == nil && len(list) > 1 {
			c.report.add(several(list))
		}
	}
	return err
}

func several(list []dated) finding {
	slices.SortFunc(list, func(a, b dated) int { return a.Created.Compare(b.Created) })
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
