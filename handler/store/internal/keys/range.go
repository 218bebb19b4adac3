package keys

import "time"

// behind is greater than every key that begins with prefix: the tilde comes
// after the whole key alphabet.
func PrefixEnd(prefix string) string { return prefix + "~" }

// bounds are the newest and the oldest second of [from, to).
func Bounds(from, to time.Time) (newest, oldest int64) {
	newest = LastSecond
	if !to.IsZero() {
		newest = Second(to.Add(-1))
	}
	if !from.IsZero() {
		oldest = Second(from)
	}
	return newest, oldest
}

// within reports whether t is in [from, to), a zero time being no bound.
func Within(t, from, to time.Time) bool {
	return (from.IsZero() || !t.Before(from)) && (to.IsZero() || t.Before(to))
}

func Earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// countDown are the months from the newest to the oldest.
func CountDown(newest, oldest Month) (months []Month) {
	for m := newest; m >= oldest; m-- {
		months = append(months, m)
	}
	return months
}
