package host

import (
	"fmt"
	"math/bits"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// schedule is when a timer occurs.
type schedule interface {
	// next is the first occurrence after a time, in UTC.
	next(after time.Time) time.Time
	// subMinute tells whether it occurs more than once a minute; the host
	// keeps no status for such a timer.
	subMinute() bool
	// adjustForDST is sent to the handler, and means nothing any more.
	adjustForDST() bool
}

// parseSchedule reads an NCRONTAB expression of five fields (minute first) or
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

// interval is a schedule whose occurrences follow the last run, not the clock.
type interval time.Duration

func (d interval) next(after time.Time) time.Time { return after.Add(time.Duration(d)).UTC() }
func (d interval) subMinute() bool                { return time.Duration(d) < time.Minute }
func (d interval) adjustForDST() bool             { return false }

// cronSchedule is an NCRONTAB schedule in UTC, whatever the zone of the
// machine: the zone of Azure's.
type cronSchedule struct{ spec *cron.SpecSchedule }

// never is what NCrontab gives for a date that does not come.
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
	// cron runs on either of two restricted day fields, NCrontab where both
	// hold: with the star bit set, so does this parser.
	spec.Dow |= starBit
	return cronSchedule{spec}, nil
}

// starBit marks a field written with a star in a cron.SpecSchedule.
const starBit = 1 << 63

func (s cronSchedule) next(after time.Time) time.Time {
	next := s.spec.Next(after.UTC())
	if next.IsZero() {
		return never()
	}
	return next
}

func (s cronSchedule) subMinute() bool {
	everyMinute := count(s.spec.Minute) == 60 && count(s.spec.Hour) == 24 &&
		count(s.spec.Dom) == 31 && count(s.spec.Month) == 12 && count(s.spec.Dow) == 7
	return everyMinute && count(s.spec.Second) > 1
}

func (s cronSchedule) adjustForDST() bool { return true }

func count(field uint64) int { return bits.OnesCount64(field &^ starBit) }
