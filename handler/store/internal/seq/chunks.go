package seq

import "iter"

// chunks gathers values, as many as size says at the time.
func Chunks[T any](values iter.Seq2[T, error], size func() int) iter.Seq2[[]T, error] {
	return func(yield func([]T, error) bool) {
		var gathered []T
		for v, err := range values {
			if err != nil {
				yield(nil, err)
				return
			}
			if gathered = append(gathered, v); len(gathered) < size() {
				continue
			}
			if !yield(gathered, nil) {
				return
			}
			gathered = nil
		}
		if len(gathered) > 0 {
			yield(gathered, nil)
		}
	}
}
