package fsck

import (
	"fmt"
	"iter"
)

// keyed is a sequence of values that is sorted by their key.
type keyed[T any] struct {
	seq iter.Seq2[T, error]
	key func(T) string
}

// mergeJoin is a full outer merge join. It calls do once for each key with the
// values that either side has for it. It returns the first error of a sequence
// or of do.
func mergeJoin[L, R any](left keyed[L], right keyed[R], do func(key string, l []L, r []R) error) error {
	l, err := newReader(left)
	defer l.stop()
	if err != nil {
		return err
	}
	r, err := newReader(right)
	defer r.stop()
	if err != nil {
		return err
	}
	for l.ok || r.ok {
		key := l.at
		if !l.ok || r.ok && r.at < l.at {
			key = r.at
		}
		ls, err := l.read(key)
		if err != nil {
			return err
		}
		rs, err := r.read(key)
		if err != nil {
			return err
		}
		if err := do(key, ls, rs); err != nil {
			return err
		}
	}
	return nil
}

// groups yields the values of a sequence, grouped by key.
func groups[T any](values keyed[T]) iter.Seq2[[]T, error] {
	return func(yield func([]T, error) bool) {
		r, err := newReader(values)
		defer r.stop()
		for err == nil && r.ok {
			var group []T
			group, err = r.read(r.at)
			if err == nil && !yield(group, nil) {
				return
			}
		}
		if err != nil {
			yield(nil, err)
		}
	}
}

// A reader reads a keyed sequence, one key at a time.
type reader[T any] struct {
	next func() (T, error, bool)
	stop func()
	key  func(T) string
	head T      // the next value, if ok
	at   string // its key
	ok   bool
}

func newReader[T any](values keyed[T]) (*reader[T], error) {
	r := &reader[T]{key: values.key}
	r.next, r.stop = iter.Pull2(values.seq)
	return r, r.advance()
}

// advance moves to the next value. A sequence that is out of order is an
// error: values of one key would not meet.
func (r *reader[T]) advance() (err error) {
	r.head, err, r.ok = r.next()
	if err != nil || !r.ok {
		return err
	}
	before := r.at
	r.at = r.key(r.head)
	if r.at < before {
		return fmt.Errorf("%s was listed after %s", r.at, before)
	}
	return nil
}

// read returns all values of a key: none if the next key is another.
func (r *reader[T]) read(key string) (values []T, err error) {
	for r.ok && r.at == key {
		values = append(values, r.head)
		if err := r.advance(); err != nil {
			return nil, err
		}
	}
	return values, nil
}
