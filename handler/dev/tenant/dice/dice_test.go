package dice

import (
	"regexp"
	"slices"
	"testing"
)

// The simulated tenant's bytes depend on these numbers.
func TestUint64(t *testing.T) {
	d := New(1, 'a')
	got := []uint64{d.Uint64(), d.Uint64(), d.Uint64()}
	want := []uint64{0x986f39f56ead1cc0, 0x3ec5d8e3a53e1059, 0xfe51218eb1543c29}
	if !slices.Equal(got, want) {
		t.Errorf("numbers of key (1, 'a') are %#x, want %#x", got, want)
	}
}

func TestNewKeys(t *testing.T) {
	one, same, swapped, longer := New(1, 2), New(1, 2), New(2, 1), New(1, 2, 0)
	n := one.Uint64()
	if same.Uint64() != n {
		t.Error("equal keys give different numbers")
	}
	if swapped.Uint64() == n || longer.Uint64() == n {
		t.Error("different keys give equal numbers")
	}
}

func TestRanges(t *testing.T) {
	d := New(7)
	seen, hits := map[int]int{}, 0
	for range 10_000 {
		n := d.Between(3, 6)
		if n < 3 || n > 6 {
			t.Fatalf("Between(3, 6) returns %d", n)
		}
		seen[n]++
		if d.Chance(250) {
			hits++
		}
	}
	for n, count := range seen {
		if count < 2300 || count > 2700 {
			t.Errorf("%d occurs %d times in 10,000, want about 2,500", n, count)
		}
	}
	if hits < 2300 || hits > 2700 {
		t.Errorf("Chance(250) returns true %d times in 10,000", hits)
	}
}

func TestShuffle(t *testing.T) {
	d := New(3)
	s := []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}
	Shuffle(&d, s)
	if slices.IsSorted(s) {
		t.Error("the order did not change")
	}
	if picked := Pick(&d, s); !slices.Contains(s, picked) {
		t.Errorf("Pick returns %d, which is not an element", picked)
	}
	slices.Sort(s)
	for i, n := range s {
		if i != n {
			t.Fatalf("elements are %v after a shuffle", s)
		}
	}
}

func TestText(t *testing.T) {
	d := New(5)
	if guid := d.GUID(); !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(guid) {
		t.Errorf("GUID returns %q", guid)
	}
	for _, n := range []int{0, 1, 16, 35} {
		if hex := d.Hex(n); len(hex) != n || !regexp.MustCompile(`^[0-9a-f]*$`).MatchString(hex) {
			t.Errorf("Hex(%d) returns %q", n, hex)
		}
	}
}
