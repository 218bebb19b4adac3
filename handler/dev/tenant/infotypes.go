package tenant

// infoType is a kind of sensitive information that content is searched for.
type infoType struct{ id, name string }

// infoTypes are the classifiers that the tenant's policies use.
var infoTypes = []infoType{
	{"50842eb7-edc8-4019-85dd-5a5c1f2bb085", "Credit Card Number"},
	{"0e9b3178-9678-47dd-a509-37222ca96b42", "EU Debit Card Number"},
	{"e7dc4711-11b7-4cb0-b88b-2c394a771f0e", "International Banking Account Number (IBAN)"},
	{"a44669fe-0d48-453d-a9b1-2cc83f2cba77", "U.S. Social Security Number (SSN)"},
}

// writeInfoTypes writes SensitiveInfoTypeData: mostly empty, filled where the
// scanner or a policy looked inside.
func (e *event) writeInfoTypes(o *object) {
	o.key("SensitiveInfoTypeData")
	o.buf = append(o.buf, '[')
	if e.actor.userType != 0 && e.seed%3 == 0 {
		for i := range 1 + e.seed%2 {
			e.writeInfoType(o, &infoTypes[(e.seed>>8+i)%uint64(len(infoTypes))])
		}
	}
	o.buf = append(o.buf, ']')
}

func (e *event) writeInfoType(o *object, t *infoType) {
	if o.buf[len(o.buf)-1] == '}' {
		o.buf = append(o.buf, ',')
	}
	o.open()
	o.text("SensitiveInfoTypeId", t.id)
	o.int("Count", e.dice.between(1, 60))
	o.int("Confidence", e.dice.between(13, 20)*5)
	o.text("SensitiveInfoTypeName", t.name)
	o.close()
}
