package records

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/labeltrail/labeltrail/handler/dev/tenant/dice"
)

// place is where a file is stored. It determines the form of ObjectId.
type place uint8

const (
	onDesk  place = iota // on a computer, in a synchronised folder or on a file share
	onShare              // on a file share that the scanner crawls
	online               // in SharePoint or OneDrive
	inMail               // a message
	unsaved              // a document without a file name yet
)

// file is the document or message that a life is about.
type file struct {
	name      string // last segment of path
	path      string // ObjectId
	extension string // without the dot
	office    string // process that opens it
	shared    bool   // whether people other than its owner can open it
}

// newFile draws a file of a person in a place.
func newFile(d *dice.Dice, owner *person, where place, born time.Time) file {
	switch where {
	case inMail:
		return newMessage(d, owner)
	case unsaved:
		return newUnsaved(d)
	}
	f := file{extension: dice.Pick(d, extensions)}
	f.office = processOf(f.extension)
	f.name = fileName(d, owner.department, f.extension, born)
	base := folder(d, owner, where)
	f.path = base + f.name
	f.shared = strings.HasPrefix(base, "https:") || strings.HasPrefix(base, `\\`)
	return f
}

var extensions = []string{"docx", "docx", "docx", "docx", "xlsx", "xlsx", "xlsx", "pptx", "pptx", "pdf", "pdf", "csv", "txt", "dwg"}

// processOf returns the process that opens files of an extension.
func processOf(extension string) string {
	switch extension {
	case "docx":
		return "WINWORD"
	case "xlsx", "csv":
		return "EXCEL"
	case "pptx":
		return "POWERPNT"
	case "pdf":
		return "MSIP.Viewer"
	case "msg":
		return "OUTLOOK"
	}
	return "MSIP.App"
}

var unsavedNames = []file{{name: "Document", office: "WINWORD"}, {name: "Book", office: "EXCEL"}, {name: "Presentation", office: "POWERPNT"}}

func newUnsaved(d *dice.Dice) file {
	f := dice.Pick(d, unsavedNames)
	f.name += strconv.Itoa(1 + d.IntN(6))
	f.path = f.name
	return f
}

var subjects = []string{
	"RE: %s, next steps", "FW: %s", "%s – bitte um Freigabe", "RE: RE: \"%s\" (draft)", "%s & appendix", "Re: %s / Entwurf, Fassung 3",
	"%s <confidential>", "[EXT] %s", "回复：%s", "%s: Protokoll, Aufgaben, Termine",
}

func newMessage(d *dice.Dice, owner *person) file {
	name := fmt.Sprintf(dice.Pick(d, subjects), topic(d, owner.department)) + ".msg"
	return file{name: name, path: name, extension: "msg", office: "OUTLOOK"}
}

// topic draws what a document is about.
func topic(d *dice.Dice, dep *department) string {
	return dice.Pick(d, dep.topics) + " " + dice.Pick(d, customers)
}

var customers = []string{
	"Contoso", "Fabrikam", "Adventure Works", "Müller & Söhne", "Tailspin Toys", "Wide World Importers", "Société Générale de Bois",
	"Trey Research", "Proseware, Inc.", "Łódź Logistyka", "鈴木商事", "Graphic Design Institute", "O'Hara Shipping", "Woodgrove Bank",
}

// fileName draws a name as people choose them, with versions, dates, copies,
// commas, apostrophes, brackets and other alphabets.
func fileName(d *dice.Dice, dep *department, extension string, born time.Time) string {
	n, about := d.Between(1, 40), topic(d, dep)
	day := born.AddDate(0, 0, -d.IntN(90))
	name := about
	switch d.IntN(10) {
	case 0:
		name = day.Format("2006-01-02") + " " + about
	case 1:
		name = fmt.Sprintf("%s v%d.%d", about, 1+n%4, n%10)
	case 2:
		name = fmt.Sprintf("%s - Copy (%d)", about, n)
	case 3:
		name = fmt.Sprintf("%s, signed, %s", about, day.Format("Jan 2006"))
	case 4:
		name = fmt.Sprintf("%s [FINAL] #%d", about, n)
	case 5:
		name = fmt.Sprintf("Besprechung %s – %s", day.Format("02.01.2006"), about)
	case 6:
		name = fmt.Sprintf("見積書 %s %d", about, n)
	case 7:
		name = fmt.Sprintf("Кошторис_%d %s", n, about)
	}
	return fmt.Sprintf("%s %03d.%s", name, d.IntN(1000), extension)
}

// folder draws the path of a folder, with a separator at the end.
func folder(d *dice.Dice, owner *person, where place) string {
	year := strconv.Itoa(2024 + d.IntN(3))
	sub := dice.Pick(d, owner.department.topics)
	switch where {
	case onShare:
		return share(d, owner.department) + year + `\` + sub + `\`
	case online:
		return site(d, owner, sub)
	}
	if owner.devices[0].mac {
		return "/Users/" + owner.alias + "/Documents/" + sub + "/"
	}
	switch d.IntN(8) {
	case 0:
		return `C:\Users\` + owner.alias + `\Downloads\`
	case 1:
		return `C:\Users\` + owner.alias + `\Desktop\` + sub + `\`
	case 2:
		return `E:\`
	case 3:
		return share(d, owner.department) + year + `\` + sub + `\`
	}
	return `C:\Users\` + owner.alias + `\OneDrive - ` + Company + `\` + sub + `\` + year + `\`
}

func share(d *dice.Dice, dep *department) string {
	return fmt.Sprintf(`\\nwt-fs%02d\%s$\`, 1+d.IntN(3), strings.ToLower(dep.short))
}

// site draws a folder in SharePoint or OneDrive. Half of the URLs have their
// spaces percent-encoded, since real clients do both.
func site(d *dice.Dice, owner *person, sub string) string {
	base := "https://" + host + ".sharepoint.com/sites/" + owner.department.short + "/Shared Documents/" + sub + "/"
	if d.Chance(400) {
		account := strings.ReplaceAll(strings.ToLower(owner.alias), ".", "_") + "_" + strings.ReplaceAll(domain, ".", "_")
		base = "https://" + host + "-my.sharepoint.com/personal/" + account + "/Documents/" + sub + "/"
	}
	if d.Chance(500) {
		base = strings.ReplaceAll(base, " ", "%20")
	}
	return base
}
