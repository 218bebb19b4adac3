package query_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/labeltrail/labeltrail/handler/store/events"
)

// A modelEvent is an event as the model knows it. It is built from random values
// alone, independently of the code under test.
type modelEvent struct {
	event   events.Event
	sent    string
	value   any // sent, decoded
	at      time.Time
	columns map[string]string // as text, if the event has them
}

func (e *modelEvent) key() string { return strings.ToLower(e.columns["Id"]) }

// newer reports whether e comes before other in a result.
func (e *modelEvent) newer(other *modelEvent) bool {
	if a, b := e.at.Unix(), other.at.Unix(); a != b {
		return a > b
	}
	return e.key() < other.key()
}

// modelTexts are the texts of the model's events: realistic ones, and ones that
// break naive quoting.
var modelTexts = map[string][]string{
	"Operation": {"SensitivityLabelApplied", "SensitivityLabelUpdated", "SensitivityLabelRemoved", "Access", "Discover", "HeartBeat", "Heartbeat", "Ünüsual 100%"},
	"UserId": {"adele@contoso.com", "Alex.W@Contoso.com", "o'brien@contoso.com", `x' or PartitionKey ge '`, "ÖZLEM@contoso.com",
		"имя@contoso.com", `a"b\c<d>&e@contoso.com`, "percent%2Fplus+@contoso.com", "=cmd|' /C calc'!A0", "\u212aelvin@contoso.com", "mi\u017fter@contoso.com"},
	"ClientIP":   {"20.163.159.46", "20.163.159.4", "2001:db8::BEEF", "fe80::1%eth0"},
	"DeviceName": {"marketing-demo1", "AIPSCANNER1.contoso.com", "laptop, of Özlem", "-5", "ЛЭПТОП", "d' ne '"},
	"ObjectId": {`C:\Data\Plan.docx`, `c:\data\plan.docx`, `C:\Data\Plan, final (2)*.docx`, `\\server\share\Ärger & Söhne\100%.pdf`, `\\server\share\`,
		"https://contoso.sharepoint.com/sites/a/Plan.docx", "https://contoso.sharepoint.com/sites/a/ÄRGER & söhne.pdf", "Document2", "@mail;=1+1.msg",
		`C:\Data\o'brien's "plan".docx`, "a\nb.txt", `C:\Data\😀.docx`},
	"SensitivityLabelId":    {"8581574a-c314-42e3-bfdc-a63cf96ed86e", "E14C1275-FA87-4421-8A59-5E3C3C214D61", "4eff011f-95b3-4371-8836-39da6458f464"},
	"OldSensitivityLabelId": {"8581574A-c314-42e3-bfdc-a63cf96ed86e", "6282649d-9e2a-4063-8587-32eaaa9ad68e"},
	"JustificationText":     {"because\tI can", "=HYPERLINK(\"http://evil\")", "Projekt „Falke“, 50 %", `C:\Users\adele`},
}

var (
	modelTypes  = []int{43, 93, 94, 94, 94, 96, 97, 97, 4711}
	modelRanges = map[string]int{"UserType": 12, "Platform": 7, "LabelEventType": 6, "ActionSource": 6}
)

// modelHours returns the hours in which the model's events happen. They are few,
// so that writing is fast, and include the boundaries of months and of the year.
func modelHours(random *rand.Rand) []time.Time {
	hours := []time.Time{now.Add(-time.Hour), now.Add(-2 * time.Hour), now, now.Add(-25 * time.Hour)}
	for _, edge := range []string{"2026-01-01", "2026-03-01", "2026-11-01", "2026-11-14"} {
		at, _ := time.Parse(time.DateOnly, edge)
		hours = append(hours, at, at.Add(-time.Hour))
	}
	for range 12 {
		hours = append(hours, now.Add(-time.Duration(random.IntN(365*24))*time.Hour).Truncate(time.Hour))
	}
	return hours
}

// modelTime returns a random time in one of the hours, often at the boundary of a
// second, a minute or the hour.
func modelTime(random *rand.Rand, hours []time.Time) time.Time {
	second := pick(random, []int{0, 0, 1, 59, 60, 1800, 3599, 3599, random.IntN(3600), random.IntN(3600), random.IntN(3600)})
	fraction := pick(random, []int{0, 0, 0, 1_000_000, 500_000_000, 999_999_900})
	return pick(random, hours).Add(time.Duration(second)*time.Second + time.Duration(fraction))
}

func newModelEvent(t testing.TB, random *rand.Rand, at time.Time) *modelEvent {
	t.Helper()
	e := &modelEvent{at: at, columns: map[string]string{
		"Id":           fmt.Sprintf("%08x-0000-4000-8000-%012x", random.Uint32(), random.Uint32()),
		"CreationTime": at.Format("2006-01-02T15:04:05.9999999"),
		"RecordType":   strconv.Itoa(pick(random, modelTypes)),
	}}
	if random.IntN(8) == 0 {
		e.columns["Id"] = strings.ToUpper(e.columns["Id"])
	}
	for _, name := range sortedKeys(modelTexts) {
		if random.IntN(5) > 0 {
			e.columns[name] = pick(random, modelTexts[name])
		}
	}
	for _, name := range sortedKeys(modelRanges) {
		if random.IntN(3) > 0 {
			e.columns[name] = strconv.Itoa(random.IntN(modelRanges[name]))
		}
	}
	e.sent = e.json(random)
	if err := json.Unmarshal([]byte(e.sent), &e.value); err != nil {
		t.Fatalf("%v in %s", err, e.sent)
	}
	e.event = events.Event{Record: record(t, []byte(e.sent)), Content: content("model")}
	return e
}

// json returns the event as Microsoft sends it.
func (e *modelEvent) json(random *rand.Rand) string {
	object := func(names ...string) string {
		var members []string
		for _, name := range names {
			value, ok := e.columns[name]
			if !ok {
				continue
			}
			if _, err := strconv.Atoi(value); err != nil || modelTexts[name] != nil {
				value = quoteRandomly(random, value)
			}
			members = append(members, `"`+name+`"`+pick(random, []string{":", ": ", "\n:"})+value)
		}
		return strings.Join(members, ",")
	}
	return "{" + object("Id", "CreationTime", "RecordType", "Operation", "UserId", "ClientIP", "ObjectId", "UserType") +
		`,"Common":{` + object("DeviceName", "Platform") + `},"SensitivityLabelEventData":{` +
		object("SensitivityLabelId", "OldSensitivityLabelId", "LabelEventType", "ActionSource", "JustificationText") + "}}"
}

// quoteRandomly returns one of the JSON encodings of a text.
func quoteRandomly(random *rand.Rand, text string) string {
	quoted, _ := json.Marshal(text)
	switch random.IntN(4) {
	case 0:
		return strings.ReplaceAll(string(quoted), "/", `\/`)
	case 1:
		return escapeAll(string(quoted))
	}
	return string(quoted)
}

// escapeAll escapes every character that is not ASCII.
func escapeAll(quoted string) string {
	var out strings.Builder
	for _, r := range quoted {
		switch {
		case r < utf8.RuneSelf:
			out.WriteRune(r)
		case r > 0xffff:
			fmt.Fprintf(&out, `\u%04x\u%04X`, 0xd800+(r-0x10000)>>10, 0xdc00+(r-0x10000)&0x3ff)
		default:
			fmt.Fprintf(&out, `\u%04X`, r)
		}
	}
	return out.String()
}
