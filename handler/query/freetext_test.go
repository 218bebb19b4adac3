package query

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/labeltrail/labeltrail/handler/audit"
)

func TestFreeTextFilter(t *testing.T) {
	const record = `{"ObjectId":"C:\\Users\\\u00d6zlem\\K\u212alvin \ud83d\ude00 stra\u00dfe\/x\t\"y\"","UserId":"Имя", "Half":"\ud83d!"}`
	for text, want := range map[string]bool{
		`C:\Users`: true, `c:\\users`: true, `C:\\\Users`: false, `özlem`: true, `\u00D6ZLEM`: true, `ÖZLEM\k`: true,
		`kKlvin`: true, "😀 STRA": true, `😀`: true, `\uD83D\uDE00`: true, `имя`: true, `e/X`: true, `e\/x`: true, "x\t\"Y\"": true,
		`"UserId":"`: true, `", "half"`: true, "\ufffd!": true, "straSSe": false, `Users\x`: false, `missing`: false, `%`: false,
	} {
		if got := freeTextFilter([]string{"not in there", text})([]byte(record)); got != want {
			t.Errorf("%q: found %v, want %v", text, got, want)
		}
	}
}

// FuzzFreeTextFilter checks that a text is found if and only if it occurs in the
// folded JSON, or in the folded string that the standard decoder returns.
func FuzzFreeTextFilter(f *testing.F) {
	for _, seed := range [][2]string{
		{`C:\Users`, `c:\users`}, {"ö\u212a\U0001F600", "Ök😀"}, {"\x00\x1f\u2028<&>", "\u2028"}, {`\u00d6`, `Ö`}, {"\xff", "\ufffd"}, {"", "x"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, text, needle string) {
		if needle == "" {
			return
		}
		sent, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		var decoded string
		if err := json.Unmarshal(sent, &decoded); err != nil {
			t.Fatal(err)
		}
		want := strings.Contains(audit.Fold(string(sent)), audit.Fold(needle)) ||
			strings.Contains(audit.Fold(`"`+decoded+`"`), audit.Fold(needle))
		if got := freeTextFilter([]string{needle})(sent); got != want {
			t.Errorf("%q in %s: found %v, want %v", needle, sent, got, want)
		}
	})
}

func BenchmarkFreeTextFilter(b *testing.B) {
	contains := freeTextFilter([]string{"not in any record"})
	for name, record := range map[string]string{
		"plain":   `{"ObjectId":"` + strings.Repeat("https://contoso.sharepoint.com/sites/plan/", 40) + `"}`,
		"escaped": `{"ObjectId":"` + strings.Repeat(`C:\\Users\\adele\\Documents\\`, 60) + `"}`,
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(record)))
			for b.Loop() {
				contains([]byte(record))
			}
		})
	}
}
