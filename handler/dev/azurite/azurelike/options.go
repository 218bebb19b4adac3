package azurelike

import "time"

// Options say how often what happens. A share is a part of all requests that
// it can happen to: 0 is never, 1 always. The zero value only refuses what
// Azure refuses.
type Options struct {
	// Seed decides what happens to a request, together with the request itself
	// and how many like it there were: not what else goes on meanwhile.
	Seed uint64

	Faults          float64 // share of requests that are refused for now, or time out
	ShortPages      float64 // share of answers to queries with fewer rows than asked for
	EmptyPages      float64 // share of them with no row at all, and more to come
	PartitionTokens float64 // share of them that end with a partition, where there are several

	// Deleting is for how many requests, at most, a deleted table's name is
	// taken.
	Deleting int
	// RetryAfter is when a refusal asks for the next try, if it asks at all.
	// Less than a second is said in milliseconds, in a header that only SDKs
	// know.
	RetryAfter time.Duration
}

// Usual are the options for a suite of tests: everything happens to some
// request of every test of some length, and no test takes much longer.
func Usual(seed uint64) Options {
	return Options{
		Seed: seed, Faults: 0.05, ShortPages: 0.5, EmptyPages: 0.15, PartitionTokens: 0.3,
		Deleting: 3, RetryAfter: time.Millisecond,
	}
}

const (
	// faultsInARow is how often one request is refused at most before it
	// gets through: less often than clients try by default.
	faultsInARow = 2
	// emptyInARow is how many pages in a row are empty at most.
	emptyInARow = 3
)
