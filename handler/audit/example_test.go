package audit_test

import (
	"fmt"

	"github.com/labeltrail/labeltrail/handler/audit"
)

func ExampleParse() {
	body := []byte(`[
		{"RecordType":94,"CreationTime":"2026-11-20T10:00:00","Id":"a1","UserId":"adele@contoso.com"},
		{"RecordType":6,"CreationTime":"2026-11-20T10:00:01"},
		{"RecordType":97,"CreationTime":"yesterday"}
	]`)
	want, err := audit.ParseFilter("94,AipHeartBeat")
	if err != nil {
		fmt.Println(err)
		return
	}
	parsed, err := audit.Parse(body, want)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, item := range parsed.Records {
		user, _ := item.Record.Text(audit.UserID)
		fmt.Println(item.Index, item.Record.RecordType.Name(), item.Record.CreationTime, user)
	}
	for _, reject := range parsed.Rejects {
		fmt.Println(reject.Index, reject.Reason)
	}
	fmt.Println("elements:", parsed.Total)
	// Output:
	// 0 AipSensitivityLabelAction 2026-11-20 10:00:00 +0000 UTC adele@contoso.com
	// 2 CreationTime is not a time
	// elements: 3
}

func ExampleParseFilter() {
	_, err := audit.ParseFilter("93,AipHeartbeats")
	fmt.Println(err)
	// Output: record type "AipHeartbeats" is neither a number nor a known name
}

func ExampleFileName() {
	fmt.Println(audit.FileName(`\\fileserver\finance\Plan 2027.xlsx`))
	// Output: Plan 2027.xlsx
}

func ExampleEqual() {
	fmt.Println(audit.Equal([]byte(`{"a":1,"b":[true]}`), []byte(`{"b": [true], "a": 1.0}`)))
	// Output: true
}
