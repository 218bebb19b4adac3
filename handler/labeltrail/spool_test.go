package main

import (
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A card is something to sort.
type card struct{ Name, Text string }

func (c card) name() string { return c.Name }

func firstLetter(name string) string { return name[:1] }

func TestASpoolReturnsAllInOrderHoweverLittleItHoldsBack(t *testing.T) {
	for _, most := range []int{0, 1000, 1 << 20} {
		s, err := newSpool(t.TempDir(), card.name, firstLetter)
		if err != nil {
			t.Fatal(err)
		}
		s.most = most
		var want []card
		for i := range 2000 {
			want = append(want, card{fmt.Sprintf("%c%03d", 'a'+rand.N(20), rand.N(300)), fmt.Sprint("text ", i)})
		}
		for _, c := range want {
			if err := s.add(c); err != nil {
				t.Fatal(err)
			}
		}
		slices.SortStableFunc(want, func(a, b card) int { return strings.Compare(a.Name, b.Name) })
		if diff := cmp.Diff(want, all(t, s.sorted())); diff != "" {
			t.Errorf("holding back %d bytes (-want +got):\n%s", most, diff)
		}
		if n := len(files(t, s.dir)); n != 20 {
			t.Errorf("%d files", n)
		}
	}
}

func TestASpoolThatCannotBeKeptSaysSo(t *testing.T) {
	if _, err := newSpool(t.TempDir()+"/none", card.name, firstLetter); err == nil {
		t.Error("a folder that is not there was good enough")
	}
	s, err := newSpool(t.TempDir(), card.name, firstLetter)
	if err != nil {
		t.Fatal(err)
	}
	s.most, s.dir = 0, s.dir+"/none"
	if err := s.add(card{Name: "a"}); err == nil {
		t.Error("nothing was stored, and it was no error")
	}
	for _, err := range s.sorted() {
		if err == nil {
			t.Error("nothing was read, and it was no error")
		}
	}
}

func all[T any](t *testing.T, seq iter.Seq2[T, error]) (values []T) {
	t.Helper()
	for v, err := range seq {
		if err != nil {
			t.Fatal(err)
		}
		values = append(values, v)
	}
	return values
}

// letters is a sequence of its letters, the digit 0 being an error.
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

func TestJoinBringsTogetherWhatHasTheSameKey(t *testing.T) {
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
		err := join(letters(x.left), same, letters(x.right), same, func(_ string, l, r []string) error {
			got = append(got, strings.Join(l, "")+"-"+strings.ToUpper(strings.Join(r, "")))
			return nil
		})
		if strings.Join(got, " ") != x.want || (err == nil) != (x.err == "") || err != nil && err.Error() != x.err {
			t.Errorf("join %q and %q: %v, %v; want %q, %q", x.left, x.right, got, err, x.want, x.err)
		}
	}
}

func TestJoinEndsWithTheFirstError(t *testing.T) {
	stop := errors.New("stop")
	n := 0
	err := join(letters("abc"), strings.ToLower, letters("bcd"), strings.ToLower, func(key string, _, _ []string) error {
		if n++; key == "b" {
			return stop
		}
		return nil
	})
	if !errors.Is(err, stop) || n != 2 {
		t.Errorf("%v after %d", err, n)
	}
}

func TestKeysOfABucketHaveTheOrderOfBuckets(t *testing.T) {
	keys := []string{"117644_8226196400_x", "117644_8226196399_y", "117643_8226196399_x", "117644_8225196399_x", "short", ""}
	for _, a := range keys {
		for _, b := range keys {
			if a < b && daily(a) > daily(b) {
				t.Errorf("%s < %s, but their buckets are %s and %s", a, b, daily(a), daily(b))
			}
		}
	}
}
