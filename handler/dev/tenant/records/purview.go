package records

// writeMail writes MIPLabel (43) and MipAutoLabelExchangeItem (75): the label of
// a message in transport.
func (e *event) writeMail(o *object) {
	e.writePurviewHead(o, "Exchange", e.actor.puid)
	o.text("ObjectId", e.messageID())
	mode := "Privileged"
	if e.kind == autoMail || e.actionSource() != sourceManual {
		mode = "Standard"
	}
	o.text("ApplicationMode", mode)
	o.text("ItemName", e.file.name[:len(e.file.name)-len(".msg")])
	o.text("LabelAction", "None")
	o.time("LabelAppliedDateTime", e.time)
	o.text("LabelId", e.after.id)
	o.text("LabelName", e.labelName())
	o.texts("Receivers", e.receivers())
	o.text("Sender", e.owner.upn)
}

// labelName returns LabelName, which the service fills in one record of fifty.
func (e *event) labelName() string {
	if e.dice.Chance(20) {
		return e.after.name
	}
	return ""
}

func (e *event) messageID() string {
	return "<" + e.dice.Hex(28) + "@" + e.dice.Hex(14) + ".eurprd04.prod.outlook.com>"
}

func (e *event) receivers() []string {
	to := []string{"purchasing@fabrikam.com"}
	for range e.dice.IntN(4) {
		to = append(to, e.people[e.dice.IntN(len(e.people))].upn)
	}
	return to
}

// writeSite writes MipAutoLabelSharePointItem (71) and
// MipAutoLabelSharePointPolicyLocation (72): a policy labeled a file, or was
// evaluated at a site.
func (e *event) writeSite(o *object) {
	e.writePurviewHead(o, "SharePoint", e.actor.puid)
	o.text("ObjectId", e.file.path)
	o.text("SiteUrl", "https://"+host+".sharepoint.com/sites/"+e.owner.department.short)
	o.text("PolicyId", "0d4f6f6c-8d0b-4a11-93f3-7f1f5d0c2b6e")
	o.text("PolicyName", `Auto-label "Finance & HR", EU`)
	if e.kind == autoPolicy {
		return
	}
	o.text("SourceFileName", e.file.name)
	o.text("DestinationLabel", e.after.id)
	o.text("SensitivityLabelId", e.after.id)
	o.text("SensitivityLabelOwnerEmail", e.owner.upn)
}

// writeNative writes SensitivityLabelPolicyMatch (82), SensitivityLabelAction
// (83) and SensitivityLabeledFileAction (84), which the labelling built into
// Office sends. Their protection objects are in camel case.
func (e *event) writeNative(o *object) {
	e.writePurviewHead(o, "PublicEndpoint", e.actor.key)
	o.text("ClientIP", e.address)
	o.text("ObjectId", e.file.path)
	o.text("Application", e.application())
	o.text("ContentType", "File")
	o.text("DeviceName", e.device.name)
	o.text("Platform", platformName(e.device))
	o.int("TargetLocation", 1+int(e.script.where))
	o.text("IrmContentId", e.dice.GUID())
	if e.kind.recordType() == typeNativeFile {
		o.text("LabelId", e.after.id)
	} else {
		e.writeLabelEvent(o)
	}
	o.int("ProtectionEventType", int(e.seed%2))
	e.writeProtectionState(o, "CurrentProtectionType", e.after)
	if e.before != nil {
		e.writeProtectionState(o, "PreviousProtectionType", e.before)
	}
	o.begin("EmailInfo")
	o.close()
}

func (e *event) writeProtectionState(o *object, name string, l *label) {
	o.begin(name)
	defer o.close()
	if !l.encrypts() {
		o.int("protectionType", 0)
		o.bool("documentEncrypted", false)
		return
	}
	o.int("protectionType", 1)
	o.text("templateId", l.template)
	o.bool("documentEncrypted", true)
	o.text("owner", e.owner.upn)
}

func (e *event) application() string {
	switch e.file.office {
	case "WINWORD":
		return "Word"
	case "EXCEL":
		return "Excel"
	case "POWERPNT":
		return "PowerPoint"
	}
	return "Office"
}

func platformName(d *device) string {
	if d.mac {
		return "Mac"
	}
	return "Win"
}

// writePurviewHead writes the attributes common to all record types, in the
// order of the workloads other than AIP.
func (e *event) writePurviewHead(o *object, workload, userKey string) {
	o.time("CreationTime", e.time)
	o.text("Id", e.id)
	o.text("Operation", e.operation())
	o.text("OrganizationId", e.tenantID)
	o.int("RecordType", e.kind.recordType())
	o.text("UserKey", userKey)
	o.int("UserType", e.actor.userType)
	o.int("Version", 1)
	o.text("Workload", workload)
	o.text("UserId", e.actor.upn)
}
