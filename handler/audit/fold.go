package audit

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Fold is the form that a text shares with all texts that differ from it in
// case only: Fold(a) == Fold(b) exactly if strings.EqualFold(a, b), but that a
// byte which is no UTF-8 counts as U+FFFD. It is part of keys, so that it
// changes only if Unicode gives a letter another case.
func Fold(s string) string {
	for i := range len(s) {
		if c := s[i]; c >= utf8.RuneSelf || 'a' <= c && c <= 'z' {
			return s[:i] + strings.Map(foldRune, s[i:])
		}
	}
	return s
}

// foldRune is the least of the runes that r differs from in case only: the
// capital, for nearly all letters and for all of ASCII.
func foldRune(r rune) rune {
	if 'a' <= r && r <= 'z' {
		return r - 'a' + 'A'
	}
	if r < utf8.RuneSelf {
		return r
	}
	least := r
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		least = min(least, next)
	}
	return least
}
