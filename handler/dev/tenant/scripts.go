package tenant

// kind is what happens in a step of a file's life.
type kind uint8

const (
	discovered      kind = iota // 93 Discover: listed, at rest
	accessed                    // 93 Access: opened
	applied                     // 94: first label
	upgraded                    // 94: label of greater priority
	downgraded                  // 94: label of lower priority, with a justification
	relabelled                  // 94: label beside the old one
	removed                     // 94: label taken away
	protected                   // 95: encrypted by hand
	unprotected                 // 95: decrypted
	deleted                     // 96
	heartbeat                   // 97: of a device, about no file
	mailLabelled                // 43: label seen in transport
	autoSite                    // 71: label by a policy of SharePoint
	autoPolicy                  // 72: such a policy at a site
	autoMail                    // 75: label by a policy of Exchange
	policyMatch                 // 82
	nativeApplied               // 83: labelled in an Office application
	nativeUpgrade               // 83
	nativeDowngrade             // 83
	nativeRemoved               // 83
	nativeOpened                // 84
	nativeRenamed               // 84
)

// step is one event of a script: what, and how many working hours after the
// life began.
type step struct {
	kind  kind
	after float64
}

// script is the course of a file's life. births is how many lives of it begin
// in every block (see plan). The first label's priority lies in [low, high], so
// that the steps after it have somewhere to go.
type script struct {
	births    int
	scanner   bool // done by the scanner, but for accesses
	where     place
	low, high int
	steps     []step
}

// informationProtection is what happens in Audit.General: nine tenths of it are
// the record types 93 to 97.
var informationProtection = []script{
	{births: 4, where: onDesk, low: 1, high: 4, steps: []step{{discovered, 0}, {applied, 0.3}, {accessed, 1}, {accessed, 4}, {upgraded, 8}, {accessed, 26}}},
	{births: 3, where: onDesk, low: 4, high: 9, steps: []step{{applied, 0}, {accessed, 2}, {downgraded, 20}, {accessed, 22}}},
	{births: 2, where: onDesk, low: 2, high: 9, steps: []step{{applied, 0}, {removed, 1}, {applied, 3}, {accessed, 5}}},
	{births: 2, where: onDesk, low: 1, high: 3, steps: []step{{applied, 0}, {protected, 0.5}, {accessed, 10}, {unprotected, 40}, {deleted, 60}}},
	{births: 1, where: online, low: 3, high: 8, steps: []step{{applied, 0}, {relabelled, 5}, {accessed, 9}}},
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
	{births: 3, where: inMail, low: 1, high: 7, steps: []step{{mailLabelled, 0}}},
	{births: 1, where: online, low: 3, high: 7, steps: []step{{autoSite, 0}}},
	{births: 1, where: online, low: 3, high: 7, steps: []step{{autoPolicy, 0}}},
	{births: 1, where: inMail, low: 3, high: 7, steps: []step{{autoMail, 0}}},
}

// mailProtection is what happens in Audit.Exchange.
var mailProtection = []script{
	{births: 4, where: inMail, low: 1, high: 8, steps: []step{{mailLabelled, 0}}},
	{births: 1, where: inMail, low: 3, high: 7, steps: []step{{autoMail, 0}}},
}

// siteProtection is what happens in Audit.SharePoint.
var siteProtection = []script{
	{births: 3, where: online, low: 3, high: 7, steps: []step{{autoSite, 0}}},
	{births: 1, where: online, low: 3, high: 7, steps: []step{{autoPolicy, 0}}},
}

// scriptsOf returns the scripts of a content type; none for those in which no
// labels occur.
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
