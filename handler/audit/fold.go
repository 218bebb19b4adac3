package audit

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Fold returns the form that all strings share that differ only in case:
// Fold(a) == Fold(b) exactly if strings.EqualFold(a, b), where an invalid byte
// counts as U+FFFD. Index keys contain folded text, so the result may change
// only when Unicode changes a letter's case.
//
// Fold is simple case folding. Full folding, such as cases.Fold of
// golang.org/x/text, also equates "ß" with "ss", which strings.EqualFold does
// not: an index lookup and a scan would then give different answers.
func Fold(s string) string {
	for i := range len(s) {
		if c := s[i]; c >= utf8.RuneSelf || 'a' <= c && c <= 'z' {
			return s[:i] + strings.Map(foldRune, s[i:])
		}
	}
	return s
}

// foldRune returns the smallest of the runes that differ from r only in case.
// For nearly all letters, and all of ASCII, it is the capital.
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

// FileName returns the last segment of an ObjectId: the text after the last
// slash or backslash. An ObjectId is a local or UNC path, a URL, or a bare name.
// FileName ignores trailing separators, so a folder has a name too.
func FileName(objectID string) string {
	const separators = `/\`
	s := strings.TrimRight(objectID, separators)
	return s[strings.LastIndexAny(s, separators)+1:]
}
