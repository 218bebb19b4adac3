package keys

import "errors"

// ErrPosition is returned for a Position that no listing of its kind gave.
var ErrPosition = errors.New("not a position")

// Position is a place in a listing that goes from the newest to the oldest.
// Positions compare as strings; what they say is the store's own.
type Position string
