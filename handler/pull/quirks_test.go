package pull_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// A quirk is one way in which the API, or a client of it, has been seen to go
// wrong in the field.
type quirk struct {
	symptom string
	tests   string // package.Test, each; the package is its folder's path below handler/
	because string // instead of tests: why it cannot happen here
}

// quirks are all that are known of.
func quirks() []quirk {
	return []quirk{
		{"a content is listed and its retrieval says AF20050, AF20051 or 404", "pull.TestTheTrailIsWhatCanBeHad ingest.TestDrainFailures", ""},
		{"a content is past its expiration when its turn comes", "ingest.TestDrainOrder ingest.TestDrainExpired " +
			"ingest.TestDrainLastChance pull.TestAnOutageThatEndsJustBeforeContentsExpireLosesNone", ""},
		{"one bad content blocks all others", "ingest.TestDrainFailures pull.TestTheTrailIsWhatCanBeHad", ""},
		{"contentUri names another host", "pull.TestTheTrailIsWhatCanBeHad feed.TestNewRequestForeignURL", ""},
		{"a window is refused after downtime or by a clock that is off", "pull.TestDowntimeBeyondWhatTheAPIListsIsAGapInTheStatus " +
			"pull.TestTheAPIsClockDecidesWhatIsListed pull.TestAClockThatIsPutRightLosesNothing feed.TestSkew", ""},
		{"a refused window is taken for one without contents", "pull.TestAWindowThatIsRefusedIsNotPassed", ""},
		{"there is no subscription, or it was disabled", "pull.TestASubscriptionDisabledInMidRunIsStartedAgainAfterItsQuarterOfAnHour pull.TestADisabledSubscriptionIsStartedAgain", ""},
		{"to start what is started is an error (AF20024)", "feed.TestStartAlreadyEnabled", ""},
		{"401 in the middle of a run", "pull.TestTheTrailIsWhatCanBeHad feed.TestTokenRenewal", ""},
		{"a 403 that is throttling", "pull.TestTheTrailIsCompleteWhateverStrikesTheRequests feed.TestClassifyByCode", ""},
		{"an error's body is no JSON, or in single quotes", "feed.TestClassifyByCode pull.TestAnOutageOfHoursLosesNothing", ""},
		{"200 with an object for an array, or with nothing", "feed.TestListMalformedBody pull.TestAWindowThatIsRefusedIsNotPassed", ""},
		{"next pages go round in a circle, change their case, go stale or elsewhere", "pull.TestTheTrailIsCompleteWhateverStrikesTheRequests " +
			"feed.TestListPaginationLoop feed.TestListForeignPage", ""},
		{"the header is looked up under another name, or as it is spelled", "feed.TestListFollowsPages", ""},
		{"contents and records come twice", "ingest.TestDrainDuplicates pull.TestTheTrailIsWhatCanBeHad store/ledger.TestAContentTwiceInACallIsAddedOnce", ""},
		{"a content is published again days later", "pull.TestContentsPublishedAgainDaysLaterAddNoRow", ""},
		{"contents show up late in a window that was listed", "pull.TestContentsThatShowUpLateAreTaken pull.TestContentsOfANewSubscriptionThatShowUpAfterHoursAreTaken " +
			"pull.TestAnOldWindowThatFailsHoldsUpNothingNew", ""},
		{"contents of equal contentCreated are skipped", "pull.TestContentsCreatedAtTheSameMomentAreAllTaken dev.TestTrailIsComplete", ""},
		{"the cursor is stored before the work is done", "pull.TestRunsThatAreCutShortEndAtTheSameTrail dev.TestBackfillKilled", ""},
		{"+00:00 in a time that is not encoded", "feed.TestListWindow", ""},
		{"times in the local zone, or of twelve hours", "pull.TestWindowsJoinAtEveryHourInEveryZone dev.TestTrailIsComplete store/events.TestEventKeyTimeZone store/ledger.TestEntryKeyTimeZone", ""},
		{"the webhook is disabled, expired or gone", "pull.TestAWebhookThatWentAwayIsSetAgain", ""},
		{"stop and start at once: AF20023 for a while", "", "nothing here stops a subscription, and package feed has no call that would"},
		{"an answer over a size limit is dropped and asked for again for ever", "feed.TestContentTooLarge ingest.TestDrainFailures", ""},
		{"listing a busy day takes more and more memory", "feed.TestListStopsEarly pull.TestAListingOfSeveralPagesIsFollowedToItsEnd", ""},
		{"AF50000 for hours or days", "pull.TestAnOutageOfHoursLosesNothing", ""},
		{"time-outs of seconds are too short", "feed.TestTimeout dev.TestTrailIsComplete", ""},
		{"what fails for good is tried for ever", "ingest.TestNextAttempt feed.TestRetryNotPermanent " +
			"store/ledger.TestWhatIsFinalStaysAsItIs ingest.TestDrainCutOffForever", ""},
		{"401 for one content type alone", "pull.TestATypeThatIsRefusedKeepsNoOtherFromBeingPulled", ""},
		{"PublisherIdentifier is left at its placeholder", "settings.TestLoadHandlerFault feed.TestNewPublisher feed.TestNewInvalidConfig", ""},
		{"JSON is cut at commas, or its numbers are written anew", "query.TestRecordKeepsItsBytes audit.TestParseRejects", ""},
		{"an error is overwritten, and nobody sees it", "pull.TestTheStatusNamesTheCause pull.TestAWindowThatIsRefusedIsNotPassed", ""},
		{"a run that finds nothing looks like one that failed, or the other way round", "pull.TestATenantWithoutEventsIsNoFailure pull.TestAWindowThatIsRefusedIsNotPassed", ""},
		{"ClientIP holds a port, or white space", "audit.TestParseClientIP", ""},
		{"a notification's Content-Type is application/json; utf-8", "dev.TestNotification", ""},
		{"a record has no Id", "audit.TestKeyWithoutID", ""},
		{"a record's time cannot be read", "audit.TestParseRejects dev.TestTrailIsComplete", ""},
		{"only the first page is read", "pull.TestAListingOfSeveralPagesIsFollowedToItsEnd dev.TestTrailIsComplete", ""},
	}
}

func TestEveryQuirkHasItsTests(t *testing.T) {
	if n := len(quirks()); n != 38 {
		t.Errorf("%d quirks, 38 are known", n)
	}
	for _, q := range quirks() {
		if (q.tests == "") == (q.because == "") {
			t.Errorf("%s: it has tests, or a reason why not", q.symptom)
		}
		for name := range strings.FieldsSeq(q.tests) {
			folder, test, _ := strings.Cut(name, ".")
			if !testsOf(t, folder)[test] {
				t.Errorf("%s: there is no test %s", q.symptom, name)
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
