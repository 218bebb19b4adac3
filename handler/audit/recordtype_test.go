package audit

import (
	"slices"
	"strings"
	"testing"
)

func TestRecordTypesOfInterestHaveTheirNames(t *testing.T) {
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

// Numbers that Microsoft's table leaves out have no name: none is guessed.
func TestUnpublishedRecordTypesHaveNoName(t *testing.T) {
	for _, number := range []RecordType{-1, 0, 5, 12, 26, 27, 74, 77, 80, 81, 117, 1000} {
		if number.Name() != "" {
			t.Errorf("%d is named %s", number, number.Name())
		}
	}
}

func TestRecordTypesAreFoundByName(t *testing.T) {
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
