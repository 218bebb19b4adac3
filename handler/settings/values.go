package settings

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/robfig/cron/v3"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/feed"
)

// setGUID does not quote the value: people easily confuse an application's id
// with its secret.
func setGUID(field *string, value string) error {
	value = strings.ToLower(value)
	if !feed.IsGUID(value) {
		return errors.New("not a GUID")
	}
	if value == feed.ZeroGUID {
		return errors.New("the zero GUID is a placeholder, not an identity")
	}
	*field = value
	return nil
}

func setTenant(h *Handler, value string) error {
	if err := setGUID(&h.Tenant, value); err != nil {
		return fmt.Errorf("%w: the API wants the tenant's GUID, not its domain", err)
	}
	return nil
}

func setCloud(h *Handler, value string) error {
	cloud, ok := feed.CloudByName(value)
	if !ok {
		return fmt.Errorf("%q is not one of enterprise, gcc, gcchigh, dod", value)
	}
	h.Cloud = cloud
	return nil
}

// parseHTTPS parses a URL with a host. It returns false for any scheme but https.
func parseHTTPS(value string) (*url.URL, bool) {
	u, err := url.Parse(value)
	return u, err == nil && u.Scheme == "https" && u.Host != ""
}

// setOrigin accepts an https URL of scheme and host alone. The error does not
// quote the rest of a URL, which may hold a secret.
func setOrigin(field **url.URL, value string) error {
	u, ok := parseHTTPS(value)
	if !ok {
		return errors.New("not an https URL")
	}
	if u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return fmt.Errorf("want scheme and host only, such as https://%s", u.Host)
	}
	*field = &url.URL{Scheme: u.Scheme, Host: u.Host}
	return nil
}

func setCertificate(h *Handler, value string) error {
	h.CertificatePath = value
	return feed.CheckCertificate(value)
}

// contentTypes lists the content types of the Management Activity API reference.
var contentTypes = []string{"Audit.AzureActiveDirectory", "Audit.Exchange", "Audit.SharePoint", "Audit.General", "DLP.All"}

func setContentTypes(h *Handler, value string) error {
	for item := range strings.SplitSeq(value, ",") {
		item = strings.TrimSpace(item)
		i := slices.IndexFunc(contentTypes, func(known string) bool { return strings.EqualFold(known, item) })
		if i < 0 {
			return fmt.Errorf("%q is not one of %s", item, strings.Join(contentTypes, ", "))
		}
		if !slices.Contains(h.ContentTypes, contentTypes[i]) {
			h.ContentTypes = append(h.ContentTypes, contentTypes[i])
		}
	}
	return nil
}

func setRecordTypes(h *Handler, value string) (err error) {
	h.RecordTypes, err = audit.ParseFilter(value)
	return err
}

// setSchedule validates the schedule for the host, which reads the setting
// itself and disables the pull function if it cannot parse it.
func setSchedule(h *Handler, value string) error {
	parser := cron.NewParser(cron.SecondOptional | cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow)
	// NCRONTAB has neither "?" nor a time zone before the fields (TZ=...).
	if _, err := parser.Parse(value); err != nil || strings.ContainsAny(value, "?=") {
		return fmt.Errorf("%q is not an NCRONTAB expression such as %q", value, "0 */5 * * * *")
	}
	h.Schedule = value
	return nil
}

func setNumber(field *int, value string, least, most int) error {
	n, err := strconv.Atoi(value)
	if err != nil || n < least || n > most {
		return fmt.Errorf("%q is not a whole number from %d to %d", value, least, most)
	}
	*field = n
	return nil
}

func setWebhookURL(h *Handler, value string) error {
	if _, ok := parseHTTPS(value); !ok {
		return errors.New("not an https URL: the API accepts no other scheme")
	}
	h.WebhookURL = value
	return nil
}

// leastAuthID is the minimum length in characters. At that length even
// hexadecimal digits cannot be guessed.
const leastAuthID = 32

func setWebhookAuthID(h *Handler, value string) error {
	if len(value) < leastAuthID {
		return fmt.Errorf("%d characters are too few, want at least %d", len(value), leastAuthID)
	}
	if strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r > '~' }) {
		return errors.New("want printable ASCII characters: the API returns the AuthID in a header")
	}
	h.WebhookAuthID = value
	return nil
}
