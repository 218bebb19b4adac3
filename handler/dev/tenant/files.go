package tenant

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// place is where a file lies; it decides the look of ObjectId.
type place uint8

const (
	onDesk  place = iota // on a computer, in a synchronised folder or on a share
	onShare              // on a file share that the scanner crawls
	online               // in SharePoint or OneDrive
	inMail               // a message
	unsaved              // not yet named
)

// file is the document or message that a life is about.
type file struct {
	name   string // last segment of path
	path   string // ObjectId
	mime   string // extension without the dot
	office string // process that opens it
	shared bool   // others than its owner can open it
}

// newFile returns the file of a person, in the place given.
func newFile(d *dice, owner *person, where place, born time.Time) file {
	switch where {
	case inMail:
		return newMessage(d, owner)
	case unsaved:
		return newUnsaved(d)
	}
	f := file{mime: pick(d, extensions)}
	f.office = processOf(f.mime)
	f.name = fileName(d, owner.department, f.mime, born)
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

func newUnsaved(d *dice) file {
	f := pick(d, unsavedNames)
	f.name += strconv.Itoa(1 + d.below(6))
	f.path = f.name
	return f
}

var subjects = []string{
	"RE: %s, next steps", "FW: %s", "%s – bitte um Freigabe", "RE: RE: \"%s\" (draft)", "%s & appendix", "Re: %s / Entwurf, Fassung 3",
	"%s <confidential>", "[EXT] %s", "回复：%s", "%s: Protokoll, Aufgaben, Termine",
}

func newMessage(d *dice, owner *person) file {
	name := fmt.Sprintf(pick(d, subjects), topic(d, owner.department)) + ".msg"
	return file{name: name, path: name, mime: "msg", office: "OUTLOOK"}
}

// topic returns what a document is about.
func topic(d *dice, dep *department) string {
	return pick(d, dep.topics) + " " + pick(d, customers)
}

var customers = []string{
	"Contoso", "Fabrikam", "Adventure Works", "Müller & Söhne", "Tailspin Toys", "Wide World Importers", "Société Générale de Bois",
	"Trey Research", "Proseware, Inc.", "Łódź Logistyka", "鈴木商事", "Graphic Design Institute", "O'Hara Shipping", "Woodgrove Bank",
}

// fileName returns a name as people give them: versions, dates, copies, commas,
// apostrophes, brackets and other alphabets included.
func fileName(d *dice, dep *department, extension string, born time.Time) string {
	n, about := d.between(1, 40), topic(d, dep)
	day := born.AddDate(0, 0, -d.below(90))
	name := about
	switch d.below(10) {
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
	return fmt.Sprintf("%s %03d.%s", name, d.below(1000), extension)
}

// folder returns the path of the folder that a file lies in, its separator at
// the end.
func folder(d *dice, owner *person, where place) string {
	year := strconv.Itoa(2024 + d.below(3))
	sub := pick(d, owner.department.topics)
	switch where {
	case onShare:
		return share(d, owner.department) + year + `\` + sub + `\`
	case online:
		return site(d, owner, sub)
	}
	if owner.devices[0].mac {
		return "/Users/" + owner.alias + "/Documents/" + sub + "/"
	}
	switch d.below(8) {
	case 0:
		return `C:\Users\` + owner.alias + `\Downloads\`
	case 1:
		return `C:\Users\` + owner.alias + `\Desktop\` + sub + `\`
	case 2:
		return `E:\`
	case 3:
		return share(d, owner.department) + year + `\` + sub + `\`
	}
	return `C:\Users\` + owner.alias + `\OneDrive - ` + company + `\` + sub + `\` + year + `\`
}

func share(d *dice, dep *department) string {
	return fmt.Sprintf(`\\nwt-fs%02d\%s$\`, 1+d.below(3), strings.ToLower(dep.short))
}

// site returns a folder in SharePoint or OneDrive. Clients print its spaces
// either way.
func site(d *dice, owner *person, sub string) string {
	base := "https://" + host + ".sharepoint.com/sites/" + owner.department.short + "/Shared Documents/" + sub + "/"
	if d.chance(400) {
		account := strings.ReplaceAll(strings.ToLower(owner.alias), ".", "_") + "_" + strings.ReplaceAll(domain, ".", "_")
		base = "https://" + host + "-my.sharepoint.com/personal/" + account + "/Documents/" + sub + "/"
	}
	if d.chance(500) {
		base = strings.ReplaceAll(base, " ", "%20")
	}
	return base
}
