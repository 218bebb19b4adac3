package host

import (
	"encoding/json"
	"fmt"
	"time"
)

// timerInfo is the value of a timer trigger. It is an object and so not
// encoded twice; it does not tell the schedule.
type timerInfo struct {
	Schedule       timerSchedule
	ScheduleStatus *scheduleStatus // null without a monitor
	IsPastDue      bool
}

type timerSchedule struct {
	AdjustForDST bool
}

// scheduleStatus is what the host keeps of a timer, and shows the handler:
// the last occurrence that ran, the one to come (during a run: this one), and
// when the two were computed. Zero times are there before the first run.
type scheduleStatus struct {
	Last, Next, LastUpdated netTime
}

// netTime is a time as .NET writes it: in UTC with an offset and up to seven
// digits of the second, and for DateTime.MinValue without an offset, so that
// it is no RFC 3339.
type netTime struct{ time.Time }

const netMinimum = "0001-01-01T00:00:00"

// netOf has the precision of .NET, so that a time read back is the same.
func netOf(t time.Time) netTime {
	return netTime{t.UTC().Truncate(100 * time.Nanosecond)}
}

func (t netTime) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return json.Marshal(netMinimum)
	}
	return json.Marshal(t.UTC().Format("2006-01-02T15:04:05.9999999-07:00"))
}

func (t *netTime) UnmarshalJSON(text []byte) error {
	var s string
	if err := json.Unmarshal(text, &s); err != nil {
		return err
	}
	if s == netMinimum {
		*t = netTime{}
		return nil
	}
	parsed, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return fmt.Errorf("%q is not a time: %w", s, err)
	}
	*t = netOf(parsed)
	return nil
}

// timerEnvelope is what a timer function is sent.
func timerEnvelope(t *TimerTrigger, info timerInfo, sys system, retry *retryContext) envelope {
	e := envelope{
		Data:     map[string]any{t.Binding: encodeValue(info)},
		Metadata: map[string]any{"sys": encodeValue(sys)},
	}
	if retry != nil {
		e.Metadata["RetryContext"] = retry
	}
	return e
}
