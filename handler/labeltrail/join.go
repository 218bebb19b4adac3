package main

import (
	"fmt"
	"iter"
)

// join walks through two sequences at once, each in the order of its keys, and
// calls do for every key with what either has of it. The error is that of
// whichever fails first.
func join[L, R any](
	left iter.Seq2[L, error], leftKey func(L) string,
	right iter.Seq2[R, error], rightKey func(R) string,
	do func(key string, l []L, r []R) error,
) error {
	l, err := newCursor(left, leftKey)
	defer l.stop()
	if err != nil {
		return err
	}
	r, err := newCursor(right, rightKey)
	defer r.stop()
	if err != nil {
		return err
	}
	for l.ok || r.ok {
		key := l.at
		if !l.ok || r.ok && r.at < l.at {
			key = r.at
		}
		ls, err := l.take(key)
		if err != nil {
			return err
		}
		rs, err := r.take(key)
		if err != nil {
			return err
		}
		if err := do(key, ls, rs); err != nil {
			return err
		}
	}
	return nil
}

// A cursor is a place in a sequence that is sorted by key.
type cursor[T any] struct {
	next func() (T, error, bool)
	stop func()
	key  func(T) string
	head T // if ok
	at   string
	ok   bool
}

func newCursor[T any](seq iter.Seq2[T, error], key func(T) string) (*cursor[T], error) {
	c := &cursor[T]{key: key}
	c.next, c.stop = iter.Pull2(seq)
	return c, c.advance()
}

// advance goes on by one. An order that is not the keys' is an error: what
// belongs together would not come together.
func (c *cursor[T]) advance() (err error) {
	c.head, err, c.ok = c.next()
	if err != nil || !c.ok {
		return err
	}
	before := c.at
	if c.at = c.key(c.head); c.at < before {
		return fmt.Errorf("%s was listed after %s", c.at, before)
	}
	return nil
}

// take returns all that has this key, if the cursor is at it.
func (c *cursor[T]) take(key string) (all []T, err error) {
	for c.ok && c.at == key {
		all = append(all, c.head)
		if err := c.advance(); err != nil {
			return nil, err
		}
	}
	return all, nil
}
