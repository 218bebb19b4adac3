package tenant

import "math/bits"

// dice is a stream of pseudo-random numbers that depends on its key alone
// (SplitMix64). The tenant's bytes rest on it, so its algorithm may not change
// with the Go release.
type dice struct{ state uint64 }

// roll returns the dice of a key. Different keys give unrelated dice.
func roll(keys ...uint64) dice {
	d := dice{0x6c62272e07bb0142}
	for _, k := range keys {
		d.state = mix(d.state ^ k*0x9e3779b97f4a7c15)
	}
	return d
}

// mix is a bijection of 64-bit numbers with full avalanche.
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}

func (d *dice) next() uint64 {
	d.state += 0x9e3779b97f4a7c15
	return mix(d.state)
}

// below returns a number in [0, n). n must be positive.
func (d *dice) below(n int) int {
	hi, _ := bits.Mul64(d.next(), uint64(n))
	return int(hi)
}

// between returns a number in [lo, hi].
func (d *dice) between(lo, hi int) int { return lo + d.below(hi-lo+1) }

// chance is true in perMille of a thousand cases.
func (d *dice) chance(perMille int) bool { return d.below(1000) < perMille }

// pick returns one of a non-empty slice.
func pick[T any](d *dice, from []T) T { return from[d.below(len(from))] }

const hexDigits = "0123456789abcdef"

// appendHex appends n lower-case hexadecimal digits.
func (d *dice) appendHex(b []byte, n int) []byte {
	for n > 0 {
		v := d.next()
		for range min(n, 16) {
			b = append(b, hexDigits[v&15])
			v >>= 4
		}
		n -= 16
	}
	return b
}

// appendGUID appends a random GUID of version 4.
func (d *dice) appendGUID(b []byte) []byte {
	hi, lo := d.next(), d.next()
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

func (d *dice) guid() string { return string(d.appendGUID(nil)) }

// shuffle permutes s.
func shuffle[T any](d *dice, s []T) {
	for i := len(s) - 1; i > 0; i-- {
		j := d.below(i + 1)
		s[i], s[j] = s[j], s[i]
	}
}
