package events

import (
	"iter"

	"golang.org/x/sync/errgroup"

	"github.com/labeltrail/labeltrail/handler/store/internal/seq"
	"github.com/labeltrail/labeltrail/handler/store/internal/tables"
)

// A lead is the keys of the events that have a term of one list. As many of
// them as a page has are read to see how rare they are.
type lead struct {
	seq.Head[eventKey]
	page  []eventKey
	known map[eventKey]bool // the page, if that is all; else nil
}

// termsInFlight is how many leads read their page at a time.
const termsInFlight = 16

// lookAll reads the pages, of all leads at the same time.
func lookAll(leads []lead) error {
	var g errgroup.Group
	g.SetLimit(termsInFlight)
	for i := range leads {
		g.Go(leads[i].look)
	}
	return g.Wait()
}

func (l *lead) look() error {
	for l.Advance(); l.OK && len(l.page) < tables.MaxPage; l.Advance() {
		if l.Err != nil {
			return l.Err
		}
		l.page = append(l.page, l.Value)
		if len(l.page) == tables.MaxPage {
			return nil // the next one would be another request
		}
	}
	l.known = make(map[eventKey]bool, len(l.page))
	for _, key := range l.page {
		l.known[key] = true
	}
	return nil
}

// all yields the keys that were read, and goes on to read the others.
func (l *lead) all() iter.Seq2[eventKey, error] {
	return func(yield func(eventKey, error) bool) {
		for _, key := range l.page {
			if !yield(key, nil) {
				return
			}
		}
		if l.known != nil {
			return
		}
		for l.Advance(); l.OK; l.Advance() {
			if !yield(l.Value, l.Err) || l.Err != nil {
				return
			}
		}
	}
}

// rarest is the lead with the fewest keys, or where none is known to its end,
// that whose page reaches back the farthest.
func rarest(leads []lead) *lead {
	best := &leads[0]
	for i := range leads[1:] {
		if l := &leads[i+1]; l.rarer(best) {
			best = l
		}
	}
	return best
}

func (l *lead) rarer(than *lead) bool {
	if (l.known == nil) != (than.known == nil) {
		return l.known != nil
	}
	if l.known != nil {
		return len(l.page) < len(than.page)
	}
	return compareKeys(l.page[len(l.page)-1], than.page[len(than.page)-1]) > 0
}

// inAll reports whether no lead that is known to its end lacks the key.
func inAll(leads []lead, key eventKey) bool {
	for _, l := range leads {
		if l.known != nil && !l.known[key] {
			return false
		}
	}
	return true
}
