package audit

import (
	"slices"
	"strings"
	"testing"
)

func TestRecordTypeName(t *testing.T) {
	for number, name := range map[RecordType]string{
		4: "SharePoint", 6: "SharePointFileOperation", 11: "ComplianceDLPSharePoint", 13: "ComplianceDLPExchange",
		20: "PowerBIAudit", 33: "ComplianceDLPSharePointClassification", 43: "MIPLabel", 48: "LabelContentExplorer",
		63: "DLPEndpoint", 69: "CustomerKeyServiceEncryption", 70: "OfficeNative", 71: "MipAutoLabelSharePointItem",
		72: "MipAutoLabelSharePointPolicyLocation", 75: "MipAutoLabelExchangeItem", 76: "CortanaBriefing",
		82: "SensitivityLabelPolicyMatch", 83: "SensitivityLabelAction", 84: "SensitivityLabeledFileAction",
		93: "AipDiscover", 94: "AipSensitivityLabelAction", 95: "AipProtectionAction", 96: "AipFileDeleted", 97: "AipHeartBeat",
		99: "OnPremisesFileShareScannerDlp", 100: "OnPremisesSharePointScannerDlp", 107: "ComplianceDLPExchangeClassification",
		109: "MipExactDataMatch", 154: "OMEPortal", 157: "MipLabelAnalyticsAuditRecord",
		206: "MicrosoftTeamsSensitivityLabelAction", 231: "PlannerRosterSensitivityLabel", 291: "SensitiveInfoDiscovered",
		358: "TrainableClassifier", 361: "DataScanClassification", 378: "VivaAmplifyOutlookSensitivityLabel",
	} {
		if number.Name() != name {
			t.Errorf("%d is named %q, want %s", number, number.Name(), name)
		}
	}
}

// A number that Microsoft's table omits has no name.
func TestRecordTypeUnpublished(t *testing.T) {
	for _, number := range []RecordType{-1, 0, 5, 12, 26, 27, 74, 77, 80, 81, 117, 1000} {
		if number.Name() != "" {
			t.Errorf("%d is named %s", number, number.Name())
		}
	}
}

func TestRecordTypeByName(t *testing.T) {
	all := slices.Collect(RecordTypes())
	if !slices.IsSorted(all) || !slices.Contains(all, 93) {
		t.Errorf("the list is not in order, or lacks 93: %v", all)
	}
	for _, number := range all {
		for _, name := range []string{number.Name(), strings.ToLower(number.Name())} {
			if got, ok := RecordTypeByName(name); !ok || got != number {
				t.Errorf("%s is %d, %v, want %d", name, got, ok, number)
			}
		}
	}
	if got, ok := RecordTypeByName(""); ok {
		t.Errorf("the empty name is %d", got)
	}
}

func TestFilterWants(t *testing.T) {
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

func TestParseFilterError(t *testing.T) {
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

func TestEnumNames(t *testing.T) {
	for _, c := range []struct {
		number int32
		name   string
		nameOf func(int32) string
		byName func(string) (int32, bool)
	}{
		{0, "Regular", UserTypeName, UserTypeByName},
		{3, "DCAdmin", UserTypeName, UserTypeByName},
		{5, "Application", UserTypeName, UserTypeByName},
		{10, "Guest", UserTypeName, UserTypeByName},
		{1, "Windows", PlatformName, PlatformByName},
		{2, "MacOS", PlatformName, PlatformByName},
		{5, "Web", PlatformName, PlatformByName},
		{2, "LabelDowngraded", LabelEventTypeName, LabelEventTypeByName},
		{4, "LabelChangedSameOrder", LabelEventTypeName, LabelEventTypeByName},
		{3, "Manual", ActionSourceName, ActionSourceByName},
		{4, "Recommended", ActionSourceName, ActionSourceByName},
	} {
		if got := c.nameOf(c.number); got != c.name {
			t.Errorf("%d is named %q, want %q", c.number, got, c.name)
		}
		if n, ok := c.byName(strings.ToUpper(c.name)); !ok || n != c.number {
			t.Errorf("%s is %d, %v, want %d", c.name, n, ok, c.number)
		}
	}
}

func TestEnumUnknown(t *testing.T) {
	for _, nameOf := range []func(int32) string{UserTypeName, PlatformName, LabelEventTypeName, ActionSourceName} {
		if low, high := nameOf(-1), nameOf(11); low != "" || high != "" {
			t.Errorf("-1 is named %q, 11 %q", low, high)
		}
	}
	for _, byName := range []func(string) (int32, bool){UserTypeByName, PlatformByName, LabelEventTypeByName, ActionSourceByName} {
		if n, ok := byName(""); ok {
			t.Errorf("the empty name is %d", n)
		}
	}
}

func TestPlatformShortNames(t *testing.T) {
	for name, want := range map[string]string{"Win": "Windows", "OSX": "MacOS", "mac": "MacOS", "Web Browser": "Web"} {
		if n, ok := PlatformByName(name); !ok || PlatformName(n) != want {
			t.Errorf("%s is %d, %v, want %s", name, n, ok, want)
		}
	}
}
