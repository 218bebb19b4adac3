package audit

import (
	"strings"
	"testing"
)

func TestFilterWantsWhatItNames(t *testing.T) {
	for list, want := range map[string][]RecordType{
		"93":                  {93},
		" 93 , 94 ":           {93, 94},
		"AipHeartBeat":        {97},
		"aipheartbeat,43":     {43, 97},
		"117":                 {117},
		"*":                   {0, 43, 93, 97, 117, 2147483647},
		"93,*":                {0, 43, 93, 97, 117},
		"viva goals,OneDrive": {216, 7},
	} {
		f := mustFilter(t, list)
		for _, rt := range want {
			if !f.Wants(rt) {
				t.Errorf("%q does not want %d", list, rt)
			}
		}
		if !strings.Contains(list, "*") && f.Wants(95) {
			t.Errorf("%q wants 95", list)
		}
	}
	if (Filter{}).Wants(93) {
		t.Error("the zero Filter wants something")
	}
}

func TestFilterNamesTheBadItem(t *testing.T) {
	for list, item := range map[string]string{
		"":                    `""`,
		"93,":                 `""`,
		"93,AipHeartbeats,94": `"AipHeartbeats"`,
		"-1":                  `"-1"`,
		"9.3":                 `"9.3"`,
		"2147483648":          `"2147483648"`,
		"93 94":               `"93 94"`,
	} {
		if _, err := ParseFilter(list); err == nil || !strings.Contains(err.Error(), item) {
			t.Errorf("%q: error %v does not name %s", list, err, item)
		}
	}
}
