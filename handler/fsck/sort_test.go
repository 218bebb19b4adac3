package fsck

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A card is a value to sort.
type card struct{ Name, Text string }

func compareCards(a, b card) int { return strings.Compare(a.Name+a.Text, b.Name+b.Text) }

func TestSorterOrder(t *testing.T) {
	for _, n := range []int{0, 1, chunkSize - 1, chunkSize, chunkSize + 1, 5 * chunkSize} {
		dir := t.TempDir()
		s := newSorter(t.Context(), dir, compareCards)
		var want []card
		for i := range n {
			want = append(want, card{fmt.Sprintf("%c%03d", 'a'+rand.N(20), rand.N(300)), fmt.Sprint("text ", i)})
		}
		for _, c := range want {
			if err := s.add(c); err != nil {
				t.Fatal(err)
			}
		}
		slices.SortFunc(want, compareCards)
		if diff := cmp.Diff(want, collect(t, s.sorted())); diff != "" {
			t.Errorf("%d values (-want +got):\n%s", n, diff)
		}
		s.close()
		if left := fileNames(t, dir); len(left) > 0 {
			t.Errorf("%d values: files %v are left", n, left)
		}
	}
}

func TestSorterClose(t *testing.T) {
	fill := func(t *testing.T, s *sorter[card]) {
		for i := range 3 * chunkSize {
			if err := s.add(card{Name: fmt.Sprint(i)}); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, use := range map[string]func(t *testing.T, s *sorter[card]){
		"unused":           func(*testing.T, *sorter[card]) {},
		"while adding":     fill,
		"after one value":  func(t *testing.T, s *sorter[card]) { fill(t, s); first(t, s.sorted()) },
		"after all values": func(t *testing.T, s *sorter[card]) { fill(t, s); collect(t, s.sorted()) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := newSorter(t.Context(), dir, compareCards)
			use(t, s)
			s.close()
			if left := fileNames(t, dir); len(left) > 0 {
				t.Errorf("files %v are left", left)
			}
		})
	}
}

func TestSorterFailure(t *testing.T) {
	addUntilError := func(t *testing.T, s *sorter[card]) error {
		for i := range 100 * chunkSize {
			if err := s.add(card{Name: fmt.Sprint(i)}); err != nil {
				return err
			}
		}
		t.Error("no error")
		return nil
	}
	t.Run("temporary file", func(t *testing.T) {
		// The folder's name is too long to create.
		s := newSorter(t.Context(), t.TempDir()+"/"+strings.Repeat("x", 300), compareCards)
		defer s.close()
		first := addUntilError(t, s)
		if err := s.add(card{}); err == nil || !errors.Is(err, first) {
			t.Errorf("later: %v, first: %v", err, first)
		}
	})
	t.Run("canceled while adding", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		s := newSorter(ctx, t.TempDir(), compareCards)
		defer s.close()
		cancel()
		if err := addUntilError(t, s); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("canceled while reading", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		s := newSorter(ctx, t.TempDir(), compareCards)
		defer s.close()
		for i := range 3 * chunkSize {
			if err := s.add(card{Name: fmt.Sprint(i)}); err != nil {
				t.Fatal(err)
			}
		}
		var last error
		for _, err := range s.sorted() {
			cancel()
			last = err
		}
		if !errors.Is(last, context.Canceled) {
			t.Errorf("got %v", last)
		}
	})
}

func first[T any](t *testing.T, seq iter.Seq2[T, error]) {
	t.Helper()
	for _, err := range seq {
		if err != nil {
			t.Fatal(err)
		}
		return
	}
}

func collect[T any](t *testing.T, seq iter.Seq2[T, error]) (values []T) {
	t.Helper()
	for v, err := range seq {
		if err != nil {
			t.Fatal(err)
		}
		values = append(values, v)
	}
	return values
}

// letters yields the letters of s. The digit 0 is an error.
func letters(s string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for _, r := range s {
			var err error
			if r == '0' {
				err = errors.New("broken")
			}
			if !yield(string(r), err) || err != nil {
				return
			}
		}
	}
}

func TestMergeJoin(t *testing.T) {
	same := func(s string) string { return strings.ToLower(s) }
	for _, x := range []struct{ left, right, want, err string }{
		{"", "", "", ""},
		{"abc", "", "a- b- c-", ""},
		{"", "abc", "-A -B -C", ""},
		{"aabd", "bbce", "aa- b-BB -C d- -E", ""},
		{"abc", "abc", "a-A b-B c-C", ""},
		{"acb", "", "a-", "b was listed after c"},
		{"", "acb", "-A", "b was listed after c"},
		{"ab0", "b", "a-", "broken"},
		{"b", "0", "", "broken"},
		{"b", "a0", "", "broken"},
	} {
		var got []string
		err := mergeJoin(keyed[string]{letters(x.left), same}, keyed[string]{letters(x.right), same}, func(_ string, l, r []string) error {
			got = append(got, strings.Join(l, "")+"-"+strings.ToUpper(strings.Join(r, "")))
			return nil
		})
		if strings.Join(got, " ") != x.want || (err == nil) != (x.err == "") || err != nil && err.Error() != x.err {
			t.Errorf("join %q and %q: %v, %v; want %q, %q", x.left, x.right, got, err, x.want, x.err)
		}
	}
}

func TestMergeJoinStops(t *testing.T) {
	stop := errors.New("stop")
	n := 0
	err := mergeJoin(keyed[string]{letters("abc"), strings.ToLower}, keyed[string]{letters("bcd"), strings.ToLower}, func(key string, _, _ []string) error {
		if n++; key == "b" {
			return stop
		}
		return nil
	})
	if !errors.Is(err, stop) || n != 2 {
		t.Errorf("%v after %d", err, n)
	}
}

func TestGroups(t *testing.T) {
	for _, x := range []struct{ seq, want, err string }{
		{"", "", ""},
		{"aab", "aa b", ""},
		{"aba", "a", "a was listed after b"},
		{"ab0", "a", "broken"},
	} {
		var got []string
		var failed error
		for group, err := range groups(keyed[string]{letters(x.seq), strings.ToLower}) {
			failed = err
			if err == nil {
				got = append(got, strings.Join(group, ""))
			}
		}
		if strings.Join(got, " ") != x.want || (failed == nil) != (x.err == "") || failed != nil && failed.Error() != x.err {
			t.Errorf("%q: %v, %v; want %q, %q", x.seq, got, failed, x.want, x.err)
		}
	}
}
