package tenant

import (
	"slices"
	"time"
)

// noiseOf returns the templates of a content type. In Audit.General most of
// their weight is with endpoint data loss prevention.
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

// newPools prepares the texts that noise is made of.
func newPools(seed uint64, tenantID string, people []person, base time.Time) *pools {
	p := &pools{tenantID: tenantID}
	for i := range people {
		p.people = append(p.people, preparePerson(&people[i]))
	}
	for i := range 600 {
		d := roll(seed, 'x', uint64(i))
		p.files = append(p.files, prepareFile(&d, &people[d.below(len(people))], base))
	}
	return p
}

func preparePerson(p *person) prepared {
	return prepared{
		"upn": inner(p.upn), "key": p.key, "puid": p.puid, "ip": p.home, "device": inner(p.devices[0].name), "name": inner(p.name),
	}
}

func prepareFile(d *dice, owner *person, base time.Time) prepared {
	local, cloud := newFile(d, owner, onDesk, base), newFile(d, owner, online, base)
	return prepared{
		"path": inner(local.path), "url": inner(cloud.path), "file": inner(cloud.name),
		"site": "https://" + host + ".sharepoint.com/sites/" + owner.department.short + "/",
	}
}

// inner returns the text as it stands between the quotes of a JSON string.
func inner(s string) string {
	quoted := appendQuoted(nil, s)
	return string(quoted[1 : len(quoted)-1])
}

// appendNoise appends noise record i of content k.
func (s *stream) appendNoise(b []byte, k, i int) []byte {
	d := roll(s.seed, 'o', uint64(k), uint64(i))
	n := noise{pools: s.pools, person: pick(&d, s.pools.people), file: pick(&d, s.pools.files)}
	n.time = s.slot(k).Add(-time.Duration(d.between(5*60, 90*60)) * time.Second)
	n.dice = d
	return s.template(&n.dice).append(b, &n)
}

// template draws one by weight.
func (s *stream) template(d *dice) *template {
	draw := d.below(s.weight)
	for _, t := range s.templates {
		if draw -= t.weight; draw < 0 {
			return t
		}
	}
	return s.templates[0]
}
