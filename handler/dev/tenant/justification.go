package tenant

import "strings"

// excuses are what people give as the reason for a downgrade. The first two
// are the client's own choices; FILE stands for the file's name.
var excuses = []string{
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

const longExcuse = "The document FILE was labelled by the default policy when it was created from the old template. It holds only material " +
	"that the press office has released, namely the figures of the last annual report, two photographs and the address of the fair. " +
	"The customer's procurement department cannot open protected attachments, their portal strips them without telling anybody, and the " +
	"tender closes tonight. I asked Mr. van der Berg, who is out of office, and Ms. Schäfer, who agreed by phone (14:05). The original " +
	"stays labelled in the team's library; this is a copy. Please call me if you need more. "

// justification returns a JustificationText, in one of sixteen cases a long one.
func justification(d *dice, file string) string {
	text := pick(d, excuses)
	if d.below(16) == 0 {
		text = strings.Repeat(longExcuse, d.between(1, 4))
	}
	return strings.ReplaceAll(text, "FILE", file)
}
