package records

import "net"

// writeInformationProtection writes the attributes of record types 93 to 97, as
// in the tables of the AIP event reference (AipDiscover,
// AipSensitivityLabelAction, AipProtectionAction, AipFileDeleted, AipHeartBeat).
func (e *event) writeInformationProtection(o *object) {
	if e.quirk == detailsFirst {
		e.writeDetails(o)
		e.writeHead(o)
		return
	}
	e.writeHead(o)
	e.writeDetails(o)
}

// writeHead writes the attributes common to all record types.
func (e *event) writeHead(o *object) {
	o.time("CreationTime", e.time)
	o.text("Id", e.id)
	o.text("Operation", e.operation())
	o.text("OrganizationId", e.tenantID)
	o.int("RecordType", e.kind.recordType())
	if e.kind == deleted {
		o.text("ResultStatus", "Succeeded")
	}
	e.writeUser(o)
	if e.quirk != bareRecord {
		o.int("Version", 1)
		o.text("Workload", "Aip")
		o.int("Scope", 1)
	}
	o.text("ClientIP", e.clientIP())
	if e.kind != heartbeat {
		o.text("ObjectId", e.file.path)
	}
}

func (e *event) writeUser(o *object) {
	key := e.actor.key
	if e.quirk == userInKey {
		key = e.actor.upn
	}
	o.text("UserKey", key)
	o.int("UserType", e.actor.userType)
	if e.quirk == doubledUser {
		o.text("UserId", e.owner.alias+"@"+host+".onmicrosoft.com")
	}
	o.text("UserId", e.actor.upn)
}

func (e *event) clientIP() string {
	switch e.quirk {
	case spacedAddress:
		return " " + e.address
	case portAddress:
		return net.JoinHostPort(e.address, "50114")
	}
	return e.address
}

// writeDetails writes the attributes that only some record types have.
func (e *event) writeDetails(o *object) {
	if e.kind == heartbeat {
		e.writeCommon(o)
		return
	}
	e.writeDataState(o)
	if e.kind != deleted && e.kind != protected && e.kind != unprotected {
		e.writeLabelEvent(o)
	}
	e.writeInfoTypes(o)
	if e.kind != deleted {
		e.writeProtection(o)
	}
	e.writeCommon(o)
}

// writeDataState writes whether the file was in use or at rest.
func (e *event) writeDataState(o *object) {
	key, state := "DataState", "Use"
	if e.quirk == spacedDataState {
		key = "Data State"
	}
	if e.kind == discovered || e.kind == deleted || e.actor.isService() {
		state = "Rest"
	}
	o.text(key, state)
}

// writeLabelEvent writes SensitivityLabelEventData: the file's label, if it has
// one, and the change. For a policy's match it is the label that the policy asks
// for.
func (e *event) writeLabelEvent(o *object) {
	o.begin("SensitivityLabelEventData")
	defer o.close()
	if e.after != nil {
		o.text("SensitivityLabelId", e.after.id)
	}
	if !e.kind.changesLabel() {
		return
	}
	e.writeLabelChange(o)
	if e.kind.recordType() == typeNativeAction {
		o.int("ActionSourceDetail", 0)
	}
}

func (e *event) writeLabelChange(o *object) {
	if e.before != nil {
		o.text("OldSensitivityLabelId", e.before.id)
	}
	o.int("LabelEventType", e.kind.labelEventType())
	o.int("ActionSource", e.actionSource())
	if t := e.kind.labelEventType(); t == labelDowngraded || t == labelRemoved {
		o.text("JustificationText", justification(&e.dice, e.file.name))
	}
}

// infoType is a kind of sensitive information that policies look for.
type infoType struct{ id, name string }

var infoTypes = []infoType{
	{"50842eb7-edc8-4019-85dd-5a5c1f2bb085", "Credit Card Number"},
	{"0e9b3178-9678-47dd-a509-37222ca96b42", "EU Debit Card Number"},
	{"e7dc4711-11b7-4cb0-b88b-2c394a771f0e", "International Banking Account Number (IBAN)"},
	{"a44669fe-0d48-453d-a9b1-2cc83f2cba77", "U.S. Social Security Number (SSN)"},
}

// writeInfoTypes writes SensitiveInfoTypeData. It is empty unless the scanner
// looked inside the file.
func (e *event) writeInfoTypes(o *object) {
	o.key("SensitiveInfoTypeData")
	o.buf = append(o.buf, '[')
	if e.actor.isService() && e.seed%3 == 0 {
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
	o.int("Count", e.dice.Between(1, 60))
	o.int("Confidence", e.dice.Between(13, 20)*5)
	o.text("SensitiveInfoTypeName", t.name)
	o.close()
}

// writeProtection writes ProtectionEventData: whether the file is encrypted,
// how and by whom, and for a change whether it was encrypted before.
func (e *event) writeProtection(o *object) {
	o.begin("ProtectionEventData")
	defer o.close()
	encrypted := e.isEncrypted()
	changed := e.kind == protected || e.kind == unprotected || e.kind.changesLabel() && encrypted != e.before.encrypts()
	if changed {
		o.int("ProtectionEventType", 1)
	}
	if encrypted {
		e.writeRights(o)
	}
	o.bool("IsProtected", encrypted)
	if changed {
		o.bool("IsProtectedBefore", !encrypted)
	}
	if encrypted {
		o.text("ProtectionOwner", e.protectionOwner())
	}
}

// isEncrypted reports whether the file is encrypted after the event.
func (e *event) isEncrypted() bool {
	switch e.kind {
	case protected:
		return true
	case unprotected:
		return false
	}
	return e.after.encrypts()
}

func (e *event) writeRights(o *object) {
	switch {
	case e.script.where == inMail && e.seed%3 == 0:
		o.text("ProtectionType", "DoNotForward")
	case e.after.encrypts():
		o.text("ProtectionType", "Template")
		o.text("TemplateId", e.after.template)
	default:
		o.text("ProtectionType", "Custom")
	}
}

func (e *event) protectionOwner() string {
	if e.seed%17 == 0 {
		return "tony@fabrikam.com"
	}
	return e.owner.upn
}

// writeCommon writes the object Common: the program and the device. A heartbeat
// has no Location.
func (e *event) writeCommon(o *object) {
	program, process := e.program()
	o.begin("Common")
	o.text("ApplicationId", "c00e9d32-3c8d-4a7d-832b-029040e7db99")
	o.text("ApplicationName", "Microsoft Azure Information Protection "+program)
	o.text("ProcessName", process)
	e.writePlatform(o)
	o.text("DeviceName", e.device.name)
	if e.kind != heartbeat {
		o.text("Location", e.location())
	}
	o.text("ProductVersion", e.device.version)
	o.close()
}

func (e *event) writePlatform(o *object) {
	switch {
	case e.quirk == textPlatform:
		o.text("Platform", "1")
	case e.device.mac:
		o.int("Platform", 2)
	default:
		o.int("Platform", 1)
	}
}

func (e *event) program() (name, process string) {
	switch {
	case e.actor.isService() && e.quirk == pluralScanner:
		return "Scanners", "MSIP.Scanner"
	case e.actor.isService():
		return "Scanner", "MSIP.Scanner"
	case e.kind == heartbeat, e.kind == discovered, e.kind == deleted:
		return "Explorer Extension", "MSIP.App"
	}
	switch e.file.office {
	case "WINWORD":
		return "Word Add-In", "WINWORD"
	case "EXCEL":
		return "Excel Add-In", "EXCEL"
	case "POWERPNT":
		return "PowerPoint Add-In", "POWERPNT"
	case "OUTLOOK":
		return "Outlook Add-In", "OUTLOOK"
	case "MSIP.Viewer":
		return "Viewer", "MSIP.Viewer"
	}
	return "Explorer Extension", "MSIP.App"
}

func (e *event) location() string {
	switch {
	case e.script.where == online:
		return "cloud"
	case len(e.file.path) > 2 && e.file.path[:3] == `E:\`:
		return "removableMedia"
	}
	return "On-premises file shares"
}
