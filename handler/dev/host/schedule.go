package host

import (
	"fmt"
	"math/bits"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// schedule says when a timer occurs.
type schedule interface {
	// next returns the first occurrence after a time, in UTC.
	next(after time.Time) time.Time
	// isSubMinute reports whether the timer occurs more than once a minute. The
	// host keeps no status for such a timer.
	isSubMinute() bool
	// adjustsForDST is sent to the handler. It no longer means anything.
	adjustsForDST() bool
}

// parseSchedule parses an NCRONTAB expression of five fields (minute first) or
// six (second first), or a TimeSpan ("00:05:00": every five minutes).
func parseSchedule(text string) (schedule, error) {
	if s, err := parseCron(text); err == nil {
		return s, nil
	}
	span, err := parseTimeSpan(strings.TrimSpace(text))
	if err != nil || span <= 0 {
		return nil, fmt.Errorf("the schedule expression %q was not recognized as a valid cron expression or timespan string", text)
	}
	return interval(span), nil
}

// interval is a schedule relative to the last invocation, not to the clock.
type interval time.Duration

func (d interval) next(after time.Time) time.Time { return after.Add(time.Duration(d)).UTC() }
func (d interval) isSubMinute() bool              { return time.Duration(d) < time.Minute }
func (d interval) adjustsForDST() bool            { return false }

// cronSchedule is an NCRONTAB schedule. It is in UTC, Azure's time zone, whatever
// the zone of the machine.
type cronSchedule struct{ spec *cron.SpecSchedule }

// never is NCrontab's result for a date that does not exist.
func never() time.Time { return time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC) }

func parseCron(text string) (schedule, error) {
	fields, err := cronFields(text)
	if err != nil {
		return nil, err
	}
	parser := cron.NewParser(cron.SecondOptional | cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow)
	parsed, err := parser.Parse(strings.Join(fields, " "))
	if err != nil {
		return nil, err
	}
	spec := parsed.(*cron.SpecSchedule)
	spec.Location = time.UTC
	// If both day fields are restricted, cron runs when either matches, NCrontab
	// when both do. The star bit makes cron do the same.
	spec.Dow |= starBit
	return cronSchedule{spec}, nil
}

// starBit marks a field of a cron.SpecSchedule that was written with a star.
const starBit = 1 << 63

func (s cronSchedule) next(after time.Time) time.Time {
	next := s.spec.Next(after.UTC())
	if next.IsZero() {
		return never()
	}
	return next
}

func (s cronSchedule) isSubMinute() bool {
	everyMinute := count(s.spec.Minute) == 60 && count(s.spec.Hour) == 24 &&
		count(s.spec.Dom) == 31 && count(s.spec.Month) == 12 && count(s.spec.Dow) == 7
	return everyMinute && count(s.spec.Second) > 1
}

func (s cronSchedule) adjustsForDST() bool { return true }

func count(field uint64) int { return bits.OnesCount64(field &^ starBit) }

// cronTerm is one element of a field's list: *, a value or a range, with an
// optional step. NCrontab has neither ?, L, W and # nor descriptors.
var cronTerm = regexp.MustCompile(`^(\*|(\w+)(?:-(\w+))?)(/\d+)?$`)

// cronFields splits an NCRONTAB expression and converts it for package cron:
// names, of which NCrontab accepts any prefix, become numbers, and ranges rise.
func cronFields(text string) ([]string, error) {
	fields := strings.Fields(text)
	if len(fields) != 5 && len(fields) != 6 {
		return nil, fmt.Errorf("%d fields, want 5 or 6", len(fields))
	}
	for i, field := range fields {
		terms := strings.Split(field, ",")
		for j := range terms {
			var err error
			if terms[j], err = convertTerm(terms[j], cronNames(len(fields)-i)); err != nil {
				return nil, err
			}
		}
		fields[i] = strings.Join(terms, ",")
	}
	return fields, nil
}

// cronNames returns the value names of a field, whose position is counted from
// the end, 1 being the last. An index in the result is the field's value.
func cronNames(fromEnd int) []string {
	switch fromEnd {
	case 1:
		return []string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}
	case 2: // months begin at 1
		return []string{"", "january", "february", "march", "april", "may", "june", "july",
			"august", "september", "october", "november", "december"}
	}
	return nil
}

func convertTerm(term string, names []string) (string, error) {
	m := cronTerm.FindStringSubmatch(term)
	if m == nil {
		return "", fmt.Errorf("invalid crontab field %q", term)
	}
	if m[1] == "*" {
		return term, nil
	}
	first, err := cronValue(m[2], names)
	if err != nil {
		return "", err
	}
	if m[3] == "" {
		return strconv.Itoa(first) + m[4], nil
	}
	last, err := cronValue(m[3], names)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d-%d%s", min(first, last), max(first, last), m[4]), nil
}

func cronValue(text string, names []string) (int, error) {
	if n, err := strconv.Atoi(text); err == nil {
		return n, nil
	}
	for i, name := range names {
		if strings.HasPrefix(name, strings.ToLower(text)) {
			return i, nil
		}
	}
	return 0, fmt.Errorf("unknown crontab value %q", text)
}

// timeSpanPattern is .NET's constant format: [-][d.]hh:mm[:ss[.fffffff]], or a
// number of days.
var timeSpanPattern = regexp.MustCompile(`^(-)?(?:(\d+)|(?:(\d+)\.)?(\d+):(\d+)(?::(\d+)(?:\.(\d{1,7}))?)?)$`)

// parseTimeSpan parses a duration in the format of host.json and function.json:
// "00:05:00", "1.00:00:00", "00:00:00.5", "-1" (minus one day).
func parseTimeSpan(text string) (time.Duration, error) {
	m := timeSpanPattern.FindStringSubmatch(text)
	if m == nil {
		return 0, fmt.Errorf("%q is not a TimeSpan such as 00:05:00", text)
	}
	days, hours, minutes, seconds := number(m[2]+m[3]), number(m[4]), number(m[5]), number(m[6])
	if hours > 23 || minutes > 59 || seconds > 59 || days > 100_000 {
		return 0, fmt.Errorf("%q is not a TimeSpan: a part is out of range", text)
	}
	span := time.Duration(days)*24*time.Hour + time.Duration(hours)*time.Hour +
		time.Duration(minutes)*time.Minute + time.Duration(seconds)*time.Second + fraction(m[7])
	if m[1] != "" {
		return -span, nil
	}
	return span, nil
}

// number returns 0 for an absent part, and a value out of every range for one
// that does not fit an int.
func number(digits string) int {
	if digits == "" {
		return 0
	}
	n, err := strconv.Atoi(digits)
	if err != nil {
		return 1 << 30
	}
	return n
}

// fraction parses a fraction of a second, in .NET's ticks of 100 ns.
func fraction(digits string) time.Duration {
	for len(digits) < 7 {
		digits += "0"
	}
	return time.Duration(number(digits)) * 100
}
