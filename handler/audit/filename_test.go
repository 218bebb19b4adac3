package audit

import "testing"

func TestFileNameIsTheLastSegment(t *testing.T) {
	for objectID, want := range map[string]string{
		`C:\Users\User\OneDrive - champion365\Cascade Car Schematics.docx`: "Cascade Car Schematics.docx",
		`c:\Data\Data03\Concert Schedule.docx`:                             "Concert Schedule.docx",
		`\\fileshare\capacity\_creds\Acme Request for Time Off.doc`:        "Acme Request for Time Off.doc",
		`fileshare\capacity\Data8\a.doc`:                                   "a.doc",
		`https://contoso.sharepoint.com/sites/finance/Plan 1.xlsx`:         "Plan 1.xlsx",
		`https://contoso.sharepoint.com/sites/finance/`:                    "finance",
		`C:\mixed/path\b.txt`:                                              "b.txt",
		`C:\folder\`:                                                       "folder",
		`Document2`:                                                        "Document2",
		`test.msg`:                                                         "test.msg",
		`\\`:                                                               "",
		``:                                                                 "",
	} {
		if got := FileName(objectID); got != want {
			t.Errorf("the file name of %s is %q, want %q", objectID, got, want)
		}
	}
}
