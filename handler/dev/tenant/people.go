package tenant

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// domain is the tenant's mail domain, and company its name in paths.
const (
	domain  = "northwindtraders.com"
	company = "Northwind Traders"
	host    = "northwindtraders" // of its SharePoint sites
)

// person is somebody, or the scanner's service account, who does what records
// tell.
type person struct {
	name       string // display name
	alias      string // local part of the address
	upn        string
	key        string // UserKey: the directory's object id, a GUID
	puid       string // UserKey in Exchange and SharePoint records
	userType   int
	department *department
	devices    []device
	home       string // address outside the office
}

// device is a computer that a person works at.
type device struct {
	name    string
	mac     bool
	version string // of the Information Protection client
}

// clientVersions are releases of the Information Protection client, most
// common first.
var clientVersions = []string{"2.18.77.0", "2.18.77.0", "2.17.60.0", "2.16.73.0", "2.14.90.0"}

// offices are the addresses that the offices' traffic comes from.
var offices = []string{"203.0.113.10", "203.0.113.74", "198.51.100.17"}

// newPeople returns the company's staff.
func newPeople(seed uint64) []person {
	var people []person
	taken := make(map[string]bool)
	for i := range departments {
		for range departments[i].people {
			d := roll(seed, 'p', uint64(len(people)))
			people = append(people, newPerson(&d, &departments[i], taken, len(people)))
		}
	}
	return people
}

func newPerson(d *dice, dep *department, taken map[string]bool, number int) person {
	first, last := pick(d, firstNames), pick(d, lastNames)
	alias := cmp.Or(first[1], first[0]) + "." + cmp.Or(last[1], last[0])
	for taken[alias] {
		last = pick(d, lastNames)
		alias = cmp.Or(first[1], first[0]) + "." + cmp.Or(last[1], last[0])
	}
	taken[alias] = true
	return person{
		name:       first[0] + " " + last[0],
		alias:      alias,
		upn:        alias + "@" + domain,
		key:        d.guid(),
		puid:       strings.ToUpper("1003200" + string(d.appendHex(nil, 9))),
		department: dep,
		devices:    newDevices(d, dep, number),
		home:       homeAddress(d),
	}
}

// newDevices gives everybody a laptop, and a third a second computer.
func newDevices(d *dice, dep *department, number int) []device {
	mac := d.chance(120)
	devices := []device{{fmt.Sprintf("NWT-%s-L%04d", dep.short, 1000+number), mac, pick(d, clientVersions)}}
	if d.chance(330) {
		devices = append(devices, device{fmt.Sprintf("NWT-%s-D%04d.corp.%s", dep.short, 4000+number, domain), false, pick(d, clientVersions)})
	}
	return devices
}

// homeAddress returns an address of the ranges reserved for documentation.
func homeAddress(d *dice) string {
	if d.chance(150) {
		return fmt.Sprintf("2001:db8:%x:%x::%x", d.below(1<<16), d.below(1<<16), 1+d.below(1<<12))
	}
	return "192.0.2." + strconv.Itoa(d.between(1, 254))
}

// newScanner returns the service account under which the Information
// Protection scanner crawls the file shares.
func newScanner(seed uint64) person {
	d := roll(seed, 'c')
	dep := &departments[6]
	return person{
		name: "AIP Scanner", alias: "svc.aipscanner", upn: "svc.aipscanner@" + domain, key: d.guid(), puid: "10032001A2B3C4D5E",
		userType: 5, department: dep, home: "203.0.113.200",
		devices: []device{{name: "NWT-SCAN01.corp." + domain, version: "2.18.77.0"}, {name: "NWT-SCAN02.corp." + domain, version: "2.18.77.0"}},
	}
}

// address returns where a person's event comes from: mostly the office.
func (p *person) address(d *dice) string {
	if p.userType == 0 && d.chance(350) {
		return p.home
	}
	if p.userType == 0 {
		return offices[len(p.department.name)%len(offices)]
	}
	return p.home
}
