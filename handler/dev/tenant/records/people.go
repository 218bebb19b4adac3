package records

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/labeltrail/labeltrail/handler/dev/tenant/dice"
)

// Company is the name of the tenant's organization.
const Company = "Northwind Traders"

const (
	domain = "northwindtraders.com" // of mail addresses
	host   = "northwindtraders"     // first label of SharePoint and onmicrosoft.com names
)

// person is a user: an employee, or the scanner's service account.
type person struct {
	name       string // display name
	alias      string // local part of the address
	upn        string
	key        string // UserKey: the directory's object id, a GUID
	puid       string // UserKey in Exchange and SharePoint records
	userType   int    // UserType: 0 for an employee, 5 for a service account
	department *department
	devices    []device
	home       string // address outside the office
}

// device is a computer.
type device struct {
	name    string
	mac     bool
	version string // of the Information Protection client
}

// clientVersions are releases of the Information Protection client. The most
// common one occurs twice.
var clientVersions = []string{"2.18.77.0", "2.18.77.0", "2.17.60.0", "2.16.73.0", "2.14.90.0"}

// offices are the public addresses of the company's offices.
var offices = []string{"203.0.113.10", "203.0.113.74", "198.51.100.17"}

// newPeople returns the company's employees.
func newPeople(seed uint64) []person {
	var people []person
	taken := make(map[string]bool)
	for i := range departments {
		for range departments[i].people {
			d := dice.New(seed, 'p', uint64(len(people)))
			people = append(people, newPerson(&d, &departments[i], taken, len(people)))
		}
	}
	return people
}

func newPerson(d *dice.Dice, dep *department, taken map[string]bool, number int) person {
	first, last := dice.Pick(d, firstNames), dice.Pick(d, lastNames)
	alias := cmp.Or(first[1], first[0]) + "." + cmp.Or(last[1], last[0])
	for taken[alias] {
		last = dice.Pick(d, lastNames)
		alias = cmp.Or(first[1], first[0]) + "." + cmp.Or(last[1], last[0])
	}
	taken[alias] = true
	return person{
		name:       first[0] + " " + last[0],
		alias:      alias,
		upn:        alias + "@" + domain,
		key:        d.GUID(),
		puid:       strings.ToUpper("1003200" + d.Hex(9)),
		department: dep,
		devices:    newDevices(d, dep, number),
		home:       homeAddress(d),
	}
}

// newDevices draws a laptop, and for a third of the people a second computer.
func newDevices(d *dice.Dice, dep *department, number int) []device {
	mac := d.Chance(120)
	devices := []device{{fmt.Sprintf("NWT-%s-L%04d", dep.short, 1000+number), mac, dice.Pick(d, clientVersions)}}
	if d.Chance(330) {
		devices = append(devices, device{fmt.Sprintf("NWT-%s-D%04d.corp.%s", dep.short, 4000+number, domain), false, dice.Pick(d, clientVersions)})
	}
	return devices
}

// homeAddress draws an address from the ranges reserved for documentation.
func homeAddress(d *dice.Dice) string {
	if d.Chance(150) {
		return fmt.Sprintf("2001:db8:%x:%x::%x", d.IntN(1<<16), d.IntN(1<<16), 1+d.IntN(1<<12))
	}
	return "192.0.2." + strconv.Itoa(d.Between(1, 254))
}

// newScanner returns the service account under which the Information
// Protection scanner crawls the file shares.
func newScanner(seed uint64) person {
	d := dice.New(seed, 'c')
	dep := &departments[6]
	return person{
		name: "AIP Scanner", alias: "svc.aipscanner", upn: "svc.aipscanner@" + domain, key: d.GUID(), puid: "10032001A2B3C4D5E",
		userType: 5, department: dep, home: "203.0.113.200",
		devices: []device{{name: "NWT-SCAN01.corp." + domain, version: "2.18.77.0"}, {name: "NWT-SCAN02.corp." + domain, version: "2.18.77.0"}},
	}
}

// isService reports whether the person is the scanner's service account.
func (p *person) isService() bool { return p.userType != 0 }

// address draws the IP address of an event. Two thirds come from the office.
func (p *person) address(d *dice.Dice) string {
	if p.isService() || d.Chance(350) {
		return p.home
	}
	return offices[len(p.department.name)%len(offices)]
}

// Names of the people. The second element is the spelling in addresses, if it
// differs.
var (
	firstNames = [][2]string{
		{"Adele"}, {"Alex"}, {"Amélie", "Amelie"}, {"Anja"}, {"Björn", "Bjoern"}, {"Carlos"}, {"Chloé", "Chloe"},
		{"Daniel"}, {"Diego"}, {"Emily"}, {"Erik"}, {"Fatima"}, {"François", "Francois"}, {"Grady"}, {"Hana"},
		{"Henrietta"}, {"Irvin"}, {"Isaiah"}, {"Joni"}, {"José", "Jose"}, {"Jürgen", "Juergen"}, {"Katarzyna"},
		{"Lee"}, {"Lidia"}, {"Łukasz", "Lukasz"}, {"Lynne"}, {"Megan"}, {"Miriam"}, {"Nestor"}, {"Oksana"},
		{"Patti"}, {"Pradeep"}, {"Raúl", "Raul"}, {"Siobhán", "Siobhan"}, {"Søren", "Soeren"}, {"Tomáš", "Tomas"},
		{"Ursula"}, {"Wei"}, {"Yuki"}, {"Zoë", "Zoe"},
	}
	lastNames = [][2]string{
		{"Åkesson", "Akesson"}, {"Álvarez", "Alvarez"}, {"Bauer"}, {"Bowen"}, {"Brandt"}, {"Castillo"}, {"Cho"},
		{"D'Angelo", "DAngelo"}, {"Dvořák", "Dvorak"}, {"Fernandes"}, {"Gerber"}, {"González", "Gonzalez"},
		{"Grønberg", "Groenberg"}, {"Haddad"}, {"Holloway"}, {"Ivanova"}, {"Janssen"}, {"Kowalski"}, {"Langer"},
		{"Lindqvist"}, {"Marchetti"}, {"McKay"}, {"Müller", "Mueller"}, {"Nakamura"}, {"O'Brien", "OBrien"},
		{"Okafor"}, {"Petrov"}, {"Rantanen"}, {"Schäfer", "Schaefer"}, {"Shevchenko"}, {"Silva"}, {"Sołtys", "Soltys"},
		{"Tanaka"}, {"Thompson"}, {"van der Berg", "vanderBerg"}, {"Vance"}, {"Wagner"}, {"Wilber"}, {"Yılmaz", "Yilmaz"},
		{"Zhang"},
	}
)

// department is a part of the company.
type department struct {
	name   string
	short  string   // in the names of devices and shares
	people int      // how many work there
	topics []string // of their documents
}

var departments = []department{
	{"Finance", "FIN", 28, []string{"Budget", "Rolling Forecast", "Payroll", "Bank Reconciliation", "Invoices", "Audit Findings", "Cash Flow"}},
	{"Human Resources", "HR", 16, []string{"Compensation Review", "Offer Letter", "Sick Leave", "Onboarding Plan", "Works Council", "Gehaltsübersicht"}},
	{"Legal", "LEG", 14, []string{"NDA", "Patent Claim", "Settlement", "Data Processing Agreement", "Litigation Hold", "Share Purchase Agreement"}},
	{"Sales", "SAL", 42, []string{"Price List", "Angebot", "Pipeline", "Account Plan", "Discount Approval", "Renewal", "Tender"}},
	{"Marketing", "MKT", 20, []string{"Campaign Plan", "Press Release", "Brand Guide", "Event Calendar", "Customer Story"}},
	{"Engineering", "ENG", 40, []string{"Requirements", "Test Report", "Schematics", "Failure Analysis", "Release Notes", "Pflichtenheft"}},
	{"IT", "ITS", 18, []string{"Network Plan", "Service Accounts", "Incident Report", "Disaster Recovery", "Asset List"}},
	{"Operations", "OPS", 16, []string{"Shift Plan", "Supplier Scorecard", "Stock Count", "Safety Audit", "Logistics"}},
	{"Executive", "EXE", 6, []string{"Board Minutes", "Strategy 2030", "Acquisition Model", "Reorganisation", "Succession Plan"}},
}
