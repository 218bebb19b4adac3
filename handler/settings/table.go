package settings

// A Setting is one app setting: an environment variable that the Functions
// host hands to the handler.
type Setting struct {
	Name    string
	Default string // value of an unset variable; "" for none, or for one that comes from another setting
	Trail   bool   // a setting of the trail, which the command line reads too

	set func(*Handler, string) error
}

// Table returns every app setting except the storage settings, in the order of
// the documentation and of local.settings.sample.json. The storage settings are
// in storage.go, since they follow the Functions convention for identity-based
// connections: one prefix and several suffixes.
func Table() []Setting {
	return []Setting{
		{"TENANT_ID", "", true, setTenant},
		{"CLOUD", "enterprise", false, setCloud},
		{"MANAGEMENT_API_URL", "", false, func(h *Handler, v string) error { return setOrigin(&h.APIRoot, v) }},
		{"AZURE_AUTHORITY_HOST", "", false, func(h *Handler, v string) error { return setOrigin(&h.Authority, v) }},
		{"MANAGEMENT_API_CLIENT_ID", "", false, func(h *Handler, v string) error { return setGUID(&h.ClientID, v) }},
		{"MANAGEMENT_API_CLIENT_SECRET", "", false, func(h *Handler, v string) error { h.ClientSecret = v; return nil }},
		{"MANAGEMENT_API_CLIENT_CERTIFICATE_PATH", "", false, setCertificate},
		{"AZURE_CLIENT_ID", "", false, func(h *Handler, v string) error { return setGUID(&h.IdentityClientID, v) }},
		{"PUBLISHER_ID", "", false, func(h *Handler, v string) error { return setGUID(&h.Publisher, v) }},
		{"CONTENT_TYPES", "Audit.General", false, setContentTypes},
		{"RECORD_TYPES", "93,94,95,96,97,43,71,72,75,82,83,84", true, setRecordTypes},
		{"PULL_SCHEDULE", "0 */5 * * * *", false, setSchedule},
		{"PULL_CONCURRENCY", "16", false, func(h *Handler, v string) error { return setNumber(&h.Concurrency, v, 1, 256) }},
		{"REQUESTS_PER_MINUTE", "2000", false, func(h *Handler, v string) error { return setNumber(&h.RequestsPerMinute, v, 1, 1_000_000) }},
		{"WEBHOOK_URL", "", false, setWebhookURL},
		{"WEBHOOK_AUTH_ID", "", false, setWebhookAuthID},
		{"RETENTION_DAYS", "0", true, func(h *Handler, v string) error { return setNumber(&h.RetentionDays, v, 0, 36_500) }},
	}
}
