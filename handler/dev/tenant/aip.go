package tenant

import "net"

// writeInformationProtection writes the fields of record types 93 to 97, as in
// the attribute tables of the AIP event reference (AipDiscover,
// AipSensitivityLabelAction, AipProtectionAction, AipFileDeleted, AipHeartBeat).
func (e *event) writeInformationProtection(o *object) {
	if e.quirk == fieldsFirst {
		e.writeDetails(o)
		e.writeHead(o)
		return
	}
	e.writeHead(o)
	e.writeDetails(o)
}

// writeHead writes the fields common to all records.
func (e *event) writeHead(o *object) {
	o.time("CreationTime", e.time, eventLayout)
	o.text("Id", e.id)
	o.text("Operation", e.operation())
	o.text("OrganizationId", e.tenantID)
	o.int("RecordType", e.recordType())
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
	switch {
	case e.quirk == spacedAddress:
		return " " + e.address
	case e.quirk == portAddress:
		return net.JoinHostPort(e.address, "50114")
	}
	return e.address
}

// writeDetails writes the nested objects, those that its record type has.
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

// writeDataState tells whether the file was open.
func (e *event) writeDataState(o *object) {
	key, state := "DataState", "Use"
	if e.quirk == spacedDataState {
		key = "Data State"
	}
	if e.kind == discovered || e.kind == deleted || e.actor.userType != 0 {
		state = "Rest"
	}
	o.text(key, state)
}

// writeLabelEvent writes SensitivityLabelEventData: {} for a file without a
// label.
func (e *event) writeLabelEvent(o *object) {
	o.begin("SensitivityLabelEventData")
	if e.after != nil {
		o.text("SensitivityLabelId", e.after.ID)
	}
	if e.labelled() {
		e.writeLabelChange(o)
	}
	o.close()
}

func (e *event) writeLabelChange(o *object) {
	if e.before != nil {
		o.text("OldSensitivityLabelId", e.before.ID)
	}
	o.int("LabelEventType", e.eventType())
	o.int("ActionSource", e.actionSource())
	if t := e.eventType(); t == 2 || t == 3 {
		o.text("JustificationText", justification(&e.dice, e.file.name))
	}
}

// writeProtection writes ProtectionEventData: whether the file is encrypted,
// how, by whom, and for a change whether it was before.
func (e *event) writeProtection(o *object) {
	o.begin("ProtectionEventData")
	defer o.close()
	now := e.encrypted()
	change := e.kind == protected || e.kind == unprotected || e.labelled() && now != e.before.protected()
	if change {
		o.int("ProtectionEventType", 1)
	}
	if now {
		e.writeRights(o)
	}
	o.bool("IsProtected", now)
	if change {
		o.bool("IsProtectedBefore", !now)
	}
	if now {
		o.text("ProtectionOwner", e.protectionOwner())
	}
}

// encrypted reports whether the file is encrypted after the event.
func (e *event) encrypted() bool {
	switch e.kind {
	case protected:
		return true
	case unprotected:
		return false
	}
	return e.after.protected()
}

func (e *event) writeRights(o *object) {
	switch {
	case e.script.where == inMail && e.seed%3 == 0:
		o.text("ProtectionType", "DoNotForward")
	case e.after.protected():
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
	case e.actor.userType != 0 && e.quirk == pluralScanner:
		return "Scanners", "MSIP.Scanner"
	case e.actor.userType != 0:
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
