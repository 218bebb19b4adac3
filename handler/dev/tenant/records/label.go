package records

import (
	"strings"

	"github.com/labeltrail/labeltrail/handler/dev/tenant/dice"
)

// label is a sensitivity label of the tenant. A record names it by ID only.
type label struct {
	id       string // GUID
	name     string // as Office shows it, such as `Confidential \ Finance`
	priority int    // a change to a label of higher priority is an upgrade
	template string // rights management template that the label applies, "" if it does not encrypt
}

// encrypts reports whether the label encrypts the files it is applied to. A nil
// label does not.
func (l *label) encrypts() bool { return l != nil && l.template != "" }

// labels are the tenant's labels, by priority. Parent labels are left out, since
// they cannot be applied.
var labels = []label{
	{id: "9d3b6e2a-51f4-4c07-8a1d-2e64b07c1f10", name: "Personal"},
	{id: "1f0e7a44-9c2b-4d65-b0a3-6b7d5e8c2a21", name: "Public", priority: 1},
	{id: "4b8a2c91-03d7-4e5f-9a66-c1f2d3e4b532", name: "General", priority: 2},
	{id: "c6f1d0b3-7e28-49aa-8b5c-0d9e6f7a8b43", name: `Confidential \ Anyone (unrestricted)`, priority: 3},
	{id: "a2d4e6f8-1b3c-4d5e-8f70-91a2b3c4d554", name: `Confidential \ All Employees`, priority: 4,
		template: "b00b3737-7542-4181-ab70-5dde2c266ccf"},
	{id: "58c7b9e0-d2f1-4a3b-9c8d-7e6f5a4b3c65", name: `Confidential \ Finance`, priority: 5,
		template: "2f0f4096-5629-405c-b2a1-8611053b0ed0"},
	{id: "e3f5a7b9-4c6d-4e8f-a0b1-c2d3e4f5a676", name: `Confidential \ Human Resources`, priority: 6,
		template: "6c1e9d44-27a8-4b52-9f03-8d5e7a61c287"},
	{id: "07b9c1d3-8e5f-4061-b2c3-d4e5f6a7b887", name: `Highly Confidential \ All Employees`, priority: 7,
		template: "7ef1852d-f4a9-460a-a59f-60ee8c3fe291"},
	{id: "bd1c3e5f-6a7b-4c8d-9e0f-1a2b3c4d5e98", name: `Highly Confidential \ Project Obsidian`, priority: 8,
		template: "d94f02b7-61c3-4e80-a5d9-3b7c8e1f40a6"},
	{id: "f4a6b8c0-2d3e-4f50-8162-738495a6b7a9", name: `Highly Confidential \ Board`, priority: 9,
		template: "3a85c6e1-f20d-47b9-8e14-95d0b7a2c3f4"},
}

// reasons are what people give as the reason for a downgrade or a removal. The
// first two are the client's own choices. FILE stands for the file's name.
var reasons = []string{
	"Previous label no longer applies",
	"Previous label was incorrect",
	"Other (explain)",
	"Customer needs to open it, agreed with Legal",
	"Freigegeben durch GF am Montag, siehe Protokoll – bitte nicht zurücksetzen",
	"He said: \"it is public anyway\", so I changed it",
	"published, see https://www.northwindtraders.com/news?id=4711&lang=de",
	"公開済みのため",
	"test; please ignore <b>!</b>",
	"=HYPERLINK(\"https://example.com\",\"see here\")",
	"wrong label\r\nsorry",
	"FILE goes to the auditor",
}

const longReason = "The document FILE was labelled by the default policy when it was created from the old template. It holds only material " +
	"that the press office has released, namely the figures of the last annual report, two photographs and the address of the fair. " +
	"The customer's procurement department cannot open protected attachments, their portal strips them without telling anybody, and the " +
	"tender closes tonight. I asked Mr. van der Berg, who is out of office, and Ms. Schäfer, who agreed by phone (14:05). The original " +
	"stays labelled in the team's library; this is a copy. Please call me if you need more. "

// justification returns a JustificationText, a long one in one case of sixteen.
func justification(d *dice.Dice, file string) string {
	text := dice.Pick(d, reasons)
	if d.IntN(16) == 0 {
		text = strings.Repeat(longReason, d.Between(1, 4))
	}
	return strings.ReplaceAll(text, "FILE", file)
}
