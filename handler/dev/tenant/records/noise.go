package records

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labeltrail/labeltrail/handler/dev/tenant/dice"
)

// template is a record of another workload, cut at its {{fields}} in advance.
// Printing it is then little more than copying, which matters: by default 19 of
// 20 records are noise.
type template struct {
	weight int
	parts  []part
}

// part is literal text and the field that follows it. The last part has no
// field.
type part struct {
	literal string
	field   func(b []byte, n *noise) []byte
}

// noise is what the fields of one record are filled from.
type noise struct {
	*pools
	dice   dice.Dice
	time   time.Time
	person prepared
	file   prepared
}

// pools are texts to fill fields with, escaped for JSON.
type pools struct {
	tenantID string
	people   []prepared
	files    []prepared
}

// prepared maps names of fields to the texts of one person or file.
type prepared map[string]string

// compile cuts a template at its fields. A field is a name in double braces: one
// of a prepared person or file, or time, guid, org, hex:<digits> or n:<limit>.
func compile(weight int, text string) (*template, error) {
	t := &template{weight: weight}
	for {
		before, rest, found := strings.Cut(text, "{{")
		if !found {
			t.parts = append(t.parts, part{literal: text})
			return t, nil
		}
		name, after, _ := strings.Cut(rest, "}}")
		f, err := field(name)
		if err != nil {
			return nil, err
		}
		t.parts = append(t.parts, part{before, f})
		text = after
	}
}

func field(name string) (func([]byte, *noise) []byte, error) {
	name, arg, _ := strings.Cut(name, ":")
	size, _ := strconv.Atoi(arg)
	switch name {
	case "time":
		return appendNoiseTime, nil
	case "guid":
		return func(b []byte, n *noise) []byte { return n.dice.AppendGUID(b) }, nil
	case "org":
		return func(b []byte, n *noise) []byte { return append(b, n.tenantID...) }, nil
	case "hex":
		return func(b []byte, n *noise) []byte { return n.dice.AppendHex(b, size) }, nil
	case "n":
		return func(b []byte, n *noise) []byte { return strconv.AppendInt(b, int64(n.dice.IntN(size)), 10) }, nil
	case "upn", "key", "puid", "ip", "device", "name":
		return func(b []byte, n *noise) []byte { return append(b, n.person[name]...) }, nil
	case "path", "url", "site", "file":
		return func(b []byte, n *noise) []byte { return append(b, n.file[name]...) }, nil
	}
	return nil, fmt.Errorf("unknown template field %q", name)
}

func appendNoiseTime(b []byte, n *noise) []byte {
	return n.time.AppendFormat(b, TimeLayout)
}

// append appends a record.
func (t *template) append(b []byte, n *noise) []byte {
	for i := range t.parts {
		b = append(b, t.parts[i].literal...)
		if f := t.parts[i].field; f != nil {
			b = f(b, n)
		}
	}
	return b
}

// noiseOf returns the templates of a content type. Most records of Audit.General
// are those of endpoint data loss prevention.
func noiseOf(contentType string) ([]*template, error) {
	switch contentType {
	case Exchange:
		return compileAll(mailNoise)
	case SharePoint:
		return compileAll(siteNoise)
	case Entra:
		return compileAll(entraNoise)
	case DLP:
		return nil, nil
	}
	return compileAll(slices.Concat(endpointNoise, teamsNoise, siteNoise, mailNoise, entraNoise, otherNoise))
}

func compileAll(sources []noiseSource) ([]*template, error) {
	var templates []*template
	for _, s := range sources {
		t, err := compile(s.weight, s.text)
		if err != nil {
			return nil, err
		}
		templates = append(templates, t)
	}
	return templates, nil
}

// newPools prepares all people, and 600 files.
func newPools(seed uint64, tenantID string, people []person, base time.Time) *pools {
	p := &pools{tenantID: tenantID}
	for i := range people {
		p.people = append(p.people, preparePerson(&people[i]))
	}
	for i := range 600 {
		d := dice.New(seed, 'x', uint64(i))
		p.files = append(p.files, prepareFile(&d, &people[d.IntN(len(people))], base))
	}
	return p
}

func preparePerson(p *person) prepared {
	return prepared{
		"upn": inner(p.upn), "key": p.key, "puid": p.puid, "ip": p.home, "device": inner(p.devices[0].name), "name": inner(p.name),
	}
}

func prepareFile(d *dice.Dice, owner *person, base time.Time) prepared {
	local, cloud := newFile(d, owner, onDesk, base), newFile(d, owner, online, base)
	return prepared{
		"path": inner(local.path), "url": inner(cloud.path), "file": inner(cloud.name),
		"site": "https://" + host + ".sharepoint.com/sites/" + owner.department.short + "/",
	}
}

// inner returns the JSON string of a text, without the quotes.
func inner(s string) string {
	quoted := appendQuoted(nil, s)
	return string(quoted[1 : len(quoted)-1])
}

// appendNoise appends noise record i of content blob k.
func (s *Stream) appendNoise(b []byte, k, i int) []byte {
	d := dice.New(s.Seed, 'o', uint64(k), uint64(i))
	n := noise{pools: s.pools, person: dice.Pick(&d, s.pools.people), file: dice.Pick(&d, s.pools.files)}
	n.time = s.slotTime(k).Add(-time.Duration(d.Between(5*60, 90*60)) * time.Second)
	n.dice = d
	return s.template(&n.dice).append(b, &n)
}

// template draws a template by weight.
func (s *Stream) template(d *dice.Dice) *template {
	draw := d.IntN(s.weight)
	for _, t := range s.templates {
		draw -= t.weight
		if draw < 0 {
			return t
		}
	}
	return s.templates[0]
}
