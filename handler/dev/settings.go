package main

import (
	"os"
	"path/filepath"

	"github.com/labeltrail/labeltrail/handler/dev/tenant"
)

// schedule makes the local system pull often, so that one sees it work.
const schedule = "*/5 * * * * *"

// settings are the app settings that connect the function app to the parts of
// the system.
func (s *system) settings() (map[string]string, error) {
	certificates, err := s.certificates()
	if err != nil {
		return nil, err
	}
	return map[string]string{
		"FUNCTIONS_WORKER_RUNTIME":     "custom",
		"AzureWebJobsStorage":          s.connection,
		"TENANT_ID":                    tenant.DefaultTenantID,
		"MANAGEMENT_API_URL":           s.api,
		"AZURE_AUTHORITY_HOST":         s.tenant.URL(),
		"MANAGEMENT_API_CLIENT_ID":     s.tenant.ClientID(),
		"MANAGEMENT_API_CLIENT_SECRET": s.tenant.ClientSecret(),
		"PULL_SCHEDULE":                schedule,
		"WEBHOOK_URL":                  s.front.url + "/api/webhook",
		"WEBHOOK_AUTH_ID":              s.authID,
		"SSL_CERT_FILE":                certificates,
	}, nil
}

// certificates writes the authorities that the handler is to trust where it
// finds them: Go on Linux reads the file that SSL_CERT_FILE names.
func (s *system) certificates() (string, error) {
	if err := s.scratch(); err != nil {
		return "", err
	}
	path := filepath.Join(s.dir, "authorities.pem")
	return path, os.WriteFile(path, s.trusted, 0o600)
}
