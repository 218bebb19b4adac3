package pull_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// A quirk is one way in which the API, or a client of it, has failed in the
// field.
type quirk struct {
	symptom string
	tests   string // package.Test, each; the package is its folder's path below handler/
	because string // instead of tests: why it cannot happen here
}

// quirks are the known ones.
func quirks() []quirk {
	return []quirk{
		{"a listed content blob responds AF20050, AF20051 or 404", "pull.TestFaultModesOfContent ingest.TestDrainFailures", ""},
		{"a content blob has expired when its turn comes", "ingest.TestDrainOrder ingest.TestDrainExpired " +
			"ingest.TestDrainLastChance pull.TestOutageUntilExpiration", ""},
		{"one bad content blob blocks all others", "ingest.TestDrainFailures pull.TestFaultModesOfContent", ""},
		{"contentUri names another host", "pull.TestFaultModesOfContent feed.TestNewRequestForeignURL", ""},
		{"a window is rejected after downtime or because a clock is wrong", "pull.TestListGapAfterDowntime " +
			"pull.TestClockOfAPIDecidesListing pull.TestClockCorrected feed.TestSkew", ""},
		{"a rejected window counts as one without content blobs", "pull.TestListRejectedWindow", ""},
		{"the subscription is absent or disabled", "pull.TestSubscriptionDisabledMidRun pull.TestSubscriptionDisabled", ""},
		{"starting a started subscription is an error (AF20024)", "feed.TestStartAlreadyEnabled", ""},
		{"401 during a run", "pull.TestFaultModesOfContent feed.TestTokenRenewal", ""},
		{"a 403 that is throttling", "pull.TestFaultModes feed.TestClassifyByCode", ""},
		{"the body of an error is not JSON, or uses single quotes", "feed.TestClassifyByCode pull.TestOutageOfHours", ""},
		{"200 with an object instead of an array, or without a body", "feed.TestListMalformedBody pull.TestListRejectedWindow", ""},
		{"next pages form a circle, change their case, expire or name another host", "pull.TestFaultModes " +
			"feed.TestListPaginationLoop feed.TestListForeignPage", ""},
		{"the header is looked up under another name or case", "feed.TestListFollowsPages", ""},
		{"content blobs and records appear twice", "ingest.TestDrainDuplicates pull.TestFaultModesOfContent store/ledger.TestAddPendingTwiceInOneCall", ""},
		{"a content blob is published again days later", "pull.TestListRepublishedContent", ""},
		{"content blobs appear late in a window that was listed", "pull.TestListLateContent pull.TestListNewSubscription " +
			"pull.TestListOldWindowFails", ""},
		{"content blobs of equal contentCreated are skipped", "pull.TestListSameMoment dev.TestTrailIsComplete", ""},
		{"the cursor is stored before the work is done", "pull.TestTickKilledAnywhere dev.TestBackfillKilled", ""},
		{"+00:00 in a time is sent unencoded", "feed.TestListWindow", ""},
		{"times are in the local zone, or in twelve hours", "pull.TestPlanListingWindows dev.TestTrailIsComplete store/events.TestEventKeyTimeZone store/ledger.TestEntryKeyTimeZone", ""},
		{"the webhook is disabled, expired or gone", "pull.TestWebhookGone", ""},
		{"a start right after a stop responds AF20023 for a while", "", "package feed cannot stop a subscription"},
		{"a response over a size limit is dropped and fetched again forever", "feed.TestContentTooLarge ingest.TestDrainFailures", ""},
		{"listing a busy day uses ever more memory", "feed.TestListStopsEarly pull.TestListSeveralPages", ""},
		{"AF50000 for hours or days", "pull.TestOutageOfHours", ""},
		{"timeouts of seconds are too short", "feed.TestTimeout dev.TestTrailIsComplete", ""},
		{"a permanent error is retried forever", "ingest.TestNextAttempt feed.TestRetryNotPermanent " +
			"store/ledger.TestSettleKeepsFinal ingest.TestDrainCutOffForever", ""},
		{"401 for one content type only", "pull.TestTypeRejected", ""},
		{"PublisherIdentifier is still the placeholder", "settings.TestLoadHandlerFault feed.TestNewPublisher feed.TestNewInvalidConfig", ""},
		{"JSON is cut at commas, or its numbers are reformatted", "query.TestRecordKeepsItsBytes audit.TestParseRejects", ""},
		{"an error is overwritten and nobody sees it", "pull.TestTickErrorNamesCause pull.TestListRejectedWindow", ""},
		{"a run that finds nothing looks like one that failed, or the reverse", "pull.TestTickWithoutEvents pull.TestListRejectedWindow", ""},
		{"ClientIP contains a port or white space", "audit.TestParseClientIP", ""},
		{"a notification's Content-Type is application/json; utf-8", "dev.TestNotification", ""},
		{"a record has no Id", "audit.TestKeyWithoutID", ""},
		{"the time of a record cannot be parsed", "audit.TestParseRejects dev.TestTrailIsComplete", ""},
		{"only the first page is read", "pull.TestListSeveralPages dev.TestTrailIsComplete", ""},
	}
}

// knownQuirks is how many are known. It is stated twice, here and by the list,
// so that no edit drops one unnoticed: raise it with each quirk that you add.
const knownQuirks = 38

func TestQuirksHaveTests(t *testing.T) {
	if n := len(quirks()); n != knownQuirks {
		t.Errorf("%d quirks are listed, %d are known", n, knownQuirks)
	}
	for _, q := range quirks() {
		if (q.tests == "") == (q.because == "") {
			t.Errorf("%s: want either tests or a reason", q.symptom)
		}
		for name := range strings.FieldsSeq(q.tests) {
			folder, test, _ := strings.Cut(name, ".")
			if !testsOf(t, folder)[test] {
				t.Errorf("%s: missing test %s", q.symptom, name)
			}
		}
	}
}

// testsOf are the names of the tests in a folder of handler/.
func testsOf(t *testing.T, folder string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", folder, "*_test.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no tests in %s: %v", folder, err)
	}
	names := map[string]bool{}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, declaration := range file.Decls {
			f, isFunc := declaration.(*ast.FuncDecl)
			if isFunc && f.Recv == nil && strings.HasPrefix(f.Name.Name, "Test") {
				names[f.Name.Name] = true
			}
		}
	}
	return names
}
