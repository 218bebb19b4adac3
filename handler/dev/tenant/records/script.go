package records

// step is one event of a script: what happens, and how many working hours after
// the life started.
type step struct {
	kind  eventKind
	after float64
}

// script is the course of a file's life. The first label's priority lies in
// [low, high], which leaves room for the steps that follow.
type script struct {
	births    int  // lives that start in every block of the plan
	scanner   bool // done by the scanner, except accesses
	where     place
	low, high int
	steps     []step
}

// informationProtection is what happens in Audit.General. Nine tenths of it have
// record types 93 to 97.
var informationProtection = []script{
	{births: 4, where: onDesk, low: 1, high: 4, steps: []step{{discovered, 0}, {applied, 0.3}, {accessed, 1}, {accessed, 4}, {upgraded, 8}, {accessed, 26}}},
	{births: 3, where: onDesk, low: 4, high: 9, steps: []step{{applied, 0}, {accessed, 2}, {downgraded, 20}, {accessed, 22}}},
	{births: 2, where: onDesk, low: 2, high: 9, steps: []step{{applied, 0}, {removed, 1}, {applied, 3}, {accessed, 5}}},
	{births: 2, where: onDesk, low: 1, high: 3, steps: []step{{applied, 0}, {protected, 0.5}, {accessed, 10}, {unprotected, 40}, {deleted, 60}}},
	{births: 1, where: online, low: 3, high: 8, steps: []step{{applied, 0}, {relabeled, 5}, {accessed, 9}}},
	{births: 3, where: inMail, low: 1, high: 5, steps: []step{{applied, 0}, {upgraded, 0.5}}},
	{births: 1, where: inMail, low: 4, high: 9, steps: []step{{applied, 0}, {downgraded, 1}}},
	{births: 2, where: unsaved, low: 0, high: 4, steps: []step{{applied, 0}}},
	{births: 8, where: onShare, low: 2, high: 5, scanner: true, steps: []step{{discovered, 0}}},
	{births: 3, where: onShare, low: 3, high: 8, scanner: true, steps: []step{{discovered, 0}, {applied, 0.5}, {accessed, 30}}},
	{births: 1, where: onShare, low: 2, high: 6, scanner: true, steps: []step{{discovered, 0}, {applied, 1}, {deleted, 50}}},
	{births: 6, where: onDesk, low: 1, high: 9, steps: []step{{accessed, 0}}},
	{births: 9, steps: []step{{heartbeat, 0}}},
	{births: 2, where: online, low: 1, high: 5, steps: []step{{nativeApplied, 0}, {nativeOpened, 1}, {nativeRenamed, 3}, {nativeUpgrade, 12}, {nativeOpened, 30}}},
	{births: 1, where: online, low: 4, high: 9, steps: []step{{nativeApplied, 0}, {nativeDowngrade, 6}, {nativeRemoved, 20}}},
	{births: 1, where: online, low: 2, high: 9, steps: []step{{policyMatch, 0}}},
	{births: 3, where: inMail, low: 1, high: 7, steps: []step{{mailLabeled, 0}}},
	{births: 1, where: online, low: 3, high: 7, steps: []step{{autoSite, 0}}},
	{births: 1, where: online, low: 3, high: 7, steps: []step{{autoPolicy, 0}}},
	{births: 1, where: inMail, low: 3, high: 7, steps: []step{{autoMail, 0}}},
}

// mailProtection is what happens in Audit.Exchange.
var mailProtection = []script{
	{births: 4, where: inMail, low: 1, high: 8, steps: []step{{mailLabeled, 0}}},
	{births: 1, where: inMail, low: 3, high: 7, steps: []step{{autoMail, 0}}},
}

// siteProtection is what happens in Audit.SharePoint.
var siteProtection = []script{
	{births: 3, where: online, low: 3, high: 7, steps: []step{{autoSite, 0}}},
	{births: 1, where: online, low: 3, high: 7, steps: []step{{autoPolicy, 0}}},
}

// scriptsOf returns the scripts of a content type, nil if it has no label
// events.
func scriptsOf(contentType string) []script {
	switch contentType {
	case General:
		return informationProtection
	case Exchange:
		return mailProtection
	case SharePoint:
		return siteProtection
	}
	return nil
}
