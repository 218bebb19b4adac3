package main

import (
	"bufio"
	"bytes"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// spoolBuffer is how many bytes a spool holds back before it writes to files.
const spoolBuffer = 8 << 20

// A spool sorts more values than fit into memory: it puts them into buckets
// by the start of their key, each bucket a file, and sorts one bucket at a
// time. It is for one goroutine.
type spool[T any] struct {
	dir      string
	key      func(T) string
	start    func(key string) string // what keys of a bucket have in common; in the order of the keys
	shrink   func() func(*T)         // nil, or what makes the values of one bucket, read back, share memory
	buckets  map[string]*bucket
	most     int // bytes to hold back
	buffered int
}

type bucket struct {
	file    string
	buffer  bytes.Buffer
	encoder *gob.Encoder
}

// newSpool keeps its files in the folder parent.
func newSpool[T any](parent string, key func(T) string, start func(string) string) (*spool[T], error) {
	dir, err := os.MkdirTemp(parent, "")
	return &spool[T]{dir: dir, key: key, start: start, buckets: map[string]*bucket{}, most: spoolBuffer}, err
}

// add takes one more value.
func (s *spool[T]) add(v T) error {
	start := s.start(s.key(v))
	b := s.buckets[start]
	if b == nil {
		b = &bucket{file: filepath.Join(s.dir, fmt.Sprint(len(s.buckets)))}
		b.encoder = gob.NewEncoder(&b.buffer)
		s.buckets[start] = b
	}
	before := b.buffer.Len()
	if err := b.encoder.Encode(v); err != nil {
		return err
	}
	s.buffered += b.buffer.Len() - before
	if s.buffered < s.most {
		return nil
	}
	s.buffered = 0
	for _, b := range s.buckets {
		if err := b.flush(); err != nil {
			return err
		}
	}
	return nil
}

// flush appends what is held back to the file, which is not kept open: there
// may be more buckets than files that may be open.
func (b *bucket) flush() error {
	if b.buffer.Len() == 0 {
		return nil
	}
	f, err := os.OpenFile(b.file, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = b.buffer.WriteTo(f)
	return errors.Join(err, f.Close())
}

// sorted returns all values in the order of their keys. Nothing may be added
// after that.
func (s *spool[T]) sorted() iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, start := range slices.Sorted(maps.Keys(s.buckets)) {
			values, err := s.load(s.buckets[start])
			if err != nil {
				var none T
				yield(none, fmt.Errorf("read back: %w", err))
				return
			}
			for _, v := range values {
				if !yield(v, nil) {
					return
				}
			}
		}
	}
}

func (s *spool[T]) load(b *bucket) ([]T, error) {
	if err := b.flush(); err != nil {
		return nil, err
	}
	f, err := os.Open(b.file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	shrink := func(*T) {}
	if s.shrink != nil {
		shrink = s.shrink()
	}
	var values []T
	decoder := gob.NewDecoder(bufio.NewReader(f))
	for {
		var v T
		err := decoder.Decode(&v)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		shrink(&v)
		values = append(values, v)
	}
	slices.SortStableFunc(values, func(a, b T) int { return strings.Compare(s.key(a), s.key(b)) })
	return values, nil
}
