package host

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// timeSpanPattern is .NET's constant format: [-][d.]hh:mm[:ss[.fffffff]], or
// a number of days.
var timeSpanPattern = regexp.MustCompile(`^(-)?(?:(\d+)|(?:(\d+)\.)?(\d+):(\d+)(?::(\d+)(?:\.(\d{1,7}))?)?)$`)

// parseTimeSpan reads a duration as host.json and function.json write it:
// "00:05:00", "1.00:00:00", "00:00:00.5", "-1" (a day back).
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

// number is 0 for an absent part and large for one that does not fit.
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

// fraction is in ticks of 100 ns.
func fraction(digits string) time.Duration {
	for len(digits) < 7 {
		digits += "0"
	}
	return time.Duration(number(digits)) * 100
}
