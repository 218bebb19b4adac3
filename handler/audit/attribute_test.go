package audit

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The columns of the AIP event reference, in the order in which files show them.
func TestAttributesOrder(t *testing.T) {
	want := []string{
		"Operation", "OrganizationId", "UserType", "UserKey", "Workload", "ResultStatus", "ObjectId", "UserId", "ClientIP",
		"Scope", "Version", "ApplicationId", "ApplicationName", "ProcessName", "Platform", "DeviceName", "Location",
		"ProductVersion", "SensitivityLabelId", "OldSensitivityLabelId", "LabelEventType", "ActionSource",
		"ActionSourceDetail", "JustificationText", "ProtectionEventType", "ProtectionType", "TemplateId", "IsProtected",
		"IsProtectedBefore", "ProtectionOwner", "PreviousProtectionOwner", "SensitiveInfoTypeData", "DataState",
	}
	var got []string
	for a := range Attributes() {
		got = append(got, a.Name())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("columns (-want +got):\n%s", diff)
	}
}

func TestAttributesStops(t *testing.T) {
	n := 0
	for range Attributes() {
		if n++; n == 2 {
			break
		}
	}
	if n != 2 {
		t.Errorf("%d attributes after a break at the second", n)
	}
}

func TestAttributesHavePaths(t *testing.T) {
	for _, a := range attributes {
		if len(a.paths) == 0 || a.read == nil {
			t.Errorf("%s cannot be read", a.name)
		}
		for _, p := range a.paths {
			if p.group < 0 || p.key == "" {
				t.Errorf("%s has the path %v", a.name, p)
			}
		}
	}
}

// A record with every member has every attribute, each readable as its own kind only.
func TestParseAllAttributes(t *testing.T) {
	r := mustRecord(t, event(`"Operation":"op","OrganizationId":"org","UserType":5,"UserKey":"key","Workload":"Aip",
		"ResultStatus":"Succeeded","ObjectId":"obj","UserId":"user","ClientIP":"::1","Scope":1,"Version":2,"DataState":"Use",
		"Common":{"ApplicationId":"app","ApplicationName":"name","ProcessName":"proc","Platform":2,"DeviceName":"dev",
			"Location":"loc","ProductVersion":"2.1"},
		"SensitivityLabelEventData":{"SensitivityLabelId":"new","OldSensitivityLabelId":"old","LabelEventType":2,
			"ActionSource":3,"ActionSourceDetail":4,"JustificationText":"why"},
		"ProtectionEventData":{"ProtectionEventType":6,"ProtectionType":"Template","TemplateId":"tpl","IsProtected":true,
			"IsProtectedBefore":false,"ProtectionOwner":"own","PreviousProtectionOwner":"prev"},
		"SensitiveInfoTypeData":[ {"Count" : 1} ]`))
	want := map[string]string{
		"Operation": "op", "OrganizationId": "org", "UserType": "5", "UserKey": "key", "Workload": "Aip",
		"ResultStatus": "Succeeded", "ObjectId": "obj", "UserId": "user", "ClientIP": "::1", "Scope": "1", "Version": "2",
		"DataState": "Use", "ApplicationId": "app", "ApplicationName": "name", "ProcessName": "proc", "Platform": "2",
		"DeviceName": "dev", "Location": "loc", "ProductVersion": "2.1", "SensitivityLabelId": "new",
		"OldSensitivityLabelId": "old", "LabelEventType": "2", "ActionSource": "3", "ActionSourceDetail": "4",
		"JustificationText": "why", "ProtectionEventType": "6", "ProtectionType": "Template", "TemplateId": "tpl",
		"IsProtected": "true", "IsProtectedBefore": "false", "ProtectionOwner": "own", "PreviousProtectionOwner": "prev",
		"SensitiveInfoTypeData": `[{"Count":1}]`,
	}
	if diff := cmp.Diff(want, shown(r)); diff != "" {
		t.Errorf("attributes (-want +got):\n%s", diff)
	}
	for a := range Attributes() {
		_, isText := r.Text(a)
		_, isInt := r.Int(a)
		_, isBool := r.Bool(a)
		if got, want := []bool{isText, isInt, isBool}, []bool{a.Kind() == Text, a.Kind() == Int, a.Kind() == Bool}; !slices.Equal(got, want) {
			t.Errorf("%s is text, number, boolean: %v", a.Name(), got)
		}
	}
}

// The neighboring record types use other names for the same attributes.
func TestParseNeighborRecords(t *testing.T) {
	for name, c := range map[string]struct {
		members string
		want    map[string]string
	}{
		"label on mail (43)": {
			`"LabelId":"mail"`,
			map[string]string{"SensitivityLabelId": "mail"},
		},
		"auto-labeled item (71)": {
			`"SensitivityLabelId":"item"`,
			map[string]string{"SensitivityLabelId": "item"},
		},
		"labeled file (83)": {
			`"Application":"Word","DeviceName":"dev","Platform":"Win","ProtectionEventType":2,
			"SensitivityLabelEventData":{"SensitivityLabelId":"new","OldSensitivityLabelId":"old"},
			"CurrentProtectionType":{"protectionType":1,"templateId":"tpl","documentEncrypted":true,"owner":"own"},
			"PreviousProtectionType":{"protectionType":0,"documentEncrypted":false,"owner":"prev"}`,
			map[string]string{
				"ApplicationName": "Word", "DeviceName": "dev", "Platform": "1", "ProtectionEventType": "2",
				"SensitivityLabelId": "new", "OldSensitivityLabelId": "old",
				"TemplateId": "tpl", "IsProtected": "true", "ProtectionOwner": "own",
				"IsProtectedBefore": "false", "PreviousProtectionOwner": "prev",
			},
		},
		"the event data comes first": {
			`"LabelId":"c","SensitivityLabelId":"b","SensitivityLabelEventData":{"SensitivityLabelId":"a"}`,
			map[string]string{"SensitivityLabelId": "a"},
		},
		"blank event data gives way": {
			`"LabelId":"c","SensitivityLabelId":{},"SensitivityLabelEventData":{"SensitivityLabelId":""}`,
			map[string]string{"SensitivityLabelId": "c"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, shown(mustRecord(t, event(c.members)))); diff != "" {
				t.Errorf("attributes (-want +got):\n%s", diff)
			}
		})
	}
}

// The last of a repeated key counts, even if its value is absent or unreadable.
func TestParseRepeatedKey(t *testing.T) {
	for members, want := range map[string]map[string]string{
		`"UserId":"a","userid":"b"`:                                       {"UserId": "b"},
		`"UserId":"a","UserId":null`:                                      {},
		`"UserId":"a","User\u0049d":"b"`:                                  {"UserId": "b"},
		`"Common":{"ProcessName":"a"},"Common":{"Location":"b"}`:          {"Location": "b"},
		`"Common":{"ProcessName":"a"},"Common":null`:                      {},
		`"Common":{"ProcessName":"a","ProcessName":"b"}`:                  {"ProcessName": "b"},
		`"DataState":"Rest","Data State":"Use"`:                           {"DataState": "Rest"},
		`"Scope":1,"Scope":"x"`:                                           {},
		`"Common":"{\"ProcessName\":\"a\"}","ProtectionEventData":[1,{}]`: {},
	} {
		if diff := cmp.Diff(want, shown(mustRecord(t, event(members)))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", members, diff)
		}
	}
}
