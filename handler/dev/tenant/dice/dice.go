// Package dice makes pseudo-random numbers that depend on a key alone. The
// records of the simulated tenant are made from them, so the algorithm
// (SplitMix64) is fixed here. That of math/rand may change with the Go release.
package dice

import "math/bits"

// Dice is a stream of pseudo-random numbers. It must not be used concurrently. A
// copy continues from the same state, independently of the original.
type Dice struct{ state uint64 }

// New returns the dice of a key. Different keys give unrelated dice.
func New(keys ...uint64) Dice { return Dice{Key(keys...)} }

// Key mixes several keys into one.
func Key(keys ...uint64) uint64 {
	state := uint64(0x6c62272e07bb0142)
	for _, k := range keys {
		state = mix(state ^ k*0x9e3779b97f4a7c15)
	}
	return state
}

// mix is a bijection of 64-bit numbers with full avalanche.
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}

// Uint64 returns any number.
func (d *Dice) Uint64() uint64 {
	d.state += 0x9e3779b97f4a7c15
	return mix(d.state)
}

// IntN returns a number in [0, n). n must be positive.
func (d *Dice) IntN(n int) int {
	hi, _ := bits.Mul64(d.Uint64(), uint64(n))
	return int(hi)
}

// Between returns a number in [lo, hi].
func (d *Dice) Between(lo, hi int) int { return lo + d.IntN(hi-lo+1) }

// Chance returns true with a probability of perMille in a thousand.
func (d *Dice) Chance(perMille int) bool { return d.IntN(1000) < perMille }

// Pick returns one element of a non-empty slice.
func Pick[T any](d *Dice, from []T) T { return from[d.IntN(len(from))] }

// Shuffle permutes s.
func Shuffle[T any](d *Dice, s []T) {
	for i := len(s) - 1; i > 0; i-- {
		j := d.IntN(i + 1)
		s[i], s[j] = s[j], s[i]
	}
}

const hexDigits = "0123456789abcdef"

// AppendHex appends n lower-case hexadecimal digits.
func (d *Dice) AppendHex(b []byte, n int) []byte {
	for n > 0 {
		v := d.Uint64()
		for range min(n, 16) {
			b = append(b, hexDigits[v&15])
			v >>= 4
		}
		n -= 16
	}
	return b
}

// Hex returns n lower-case hexadecimal digits.
func (d *Dice) Hex(n int) string { return string(d.AppendHex(nil, n)) }

// AppendGUID appends a random GUID of version 4.
func (d *Dice) AppendGUID(b []byte) []byte {
	hi, lo := d.Uint64(), d.Uint64()
	hi = hi&^0xf000 | 0x4000
	lo = lo&^(0xc<<60) | 0x8<<60
	for i := range 32 {
		if i == 8 || i == 12 || i == 16 || i == 20 {
			b = append(b, '-')
		}
		v := hi
		if i >= 16 {
			v = lo
		}
		b = append(b, hexDigits[v>>(60-4*(i&15))&15])
	}
	return b
}

// GUID returns a random GUID of version 4.
func (d *Dice) GUID() string { return string(d.AppendGUID(nil)) }
