package feed

import (
	"regexp"
	"strings"
	"unicode"
)

// maxMessage is the length of an Error's message in characters.
const maxMessage = 300

// Text from outside can hold what no log may: bearer tokens, assertions and
// secrets echoed, and people's addresses.
var (
	bearer   = regexp.MustCompile(`(?i)\bbearer\s+[\w~+/=.-]{8,}`)
	jwt      = regexp.MustCompile(`\beyJ[\w-]*(\.[\w-]*)*`)
	longWord = regexp.MustCompile(`[\w~-]{48,}`)
	address  = regexp.MustCompile(`[^\s@'"<>:,;()]+(?:@[^\s@'"<>:,;()]+)+`)
)

// clean makes text from outside fit for a log line: secrets and addresses
// replaced, everything that does not print a space, runs of spaces one, at
// most 300 characters.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, s)
	for _, secret := range []*regexp.Regexp{bearer, jwt, longWord, address} {
		s = secret.ReplaceAllString(s, "[removed]")
	}
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > maxMessage {
		s = string(r[:maxMessage-1]) + "…"
	}
	return s
}
