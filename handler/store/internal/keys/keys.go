package keys

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
)

// Times in keys are inverted, so that a listing in key order goes from the
// newest to the oldest. They have a fixed number of digits: what lies outside
// of them (before 1970, after 2286) shares the last key there is, and keeps
// its place by month and by id.
const (
	LastSecond = 9_999_999_999 // 2286-11-20T17:46:39Z
	lastHour   = 99_999_999
)

// keySecond is t as a key can hold it.
func Second(t time.Time) int64 { return min(max(t.Unix(), 0), LastSecond) }

// invertedSecond has 10 digits; a later second has a smaller one.
func InvertedSecond(second int64) string { return fmt.Sprintf("%010d", LastSecond-second) }

// invertedHour has 8 digits; the hour of a later second has a smaller one.
func InvertedHour(second int64) string { return fmt.Sprintf("%08d", lastHour-second/3600) }

// ascendingSecond has 10 digits; a later second has a greater one.
func AscendingSecond(t time.Time) string { return fmt.Sprintf("%010d", Second(t)) }

// secondOf reads what invertedSecond wrote.
func ParseInvertedSecond(inverted string) (int64, error) {
	n, err := strconv.ParseUint(inverted, 10, 64)
	if err != nil || len(inverted) != 10 {
		return 0, fmt.Errorf("%q is no inverted second", inverted)
	}
	return LastSecond - int64(n), nil
}

// contentHash stands for a content id where a key or a name needs one.
func ContentHash(id string) string {
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:16])
}

// typeKey is a content type as a key: "audit_general" for Audit.General.
// checkType sees to it that no two types share a key.
func TypeKey(contentType string) string {
	return strings.ReplaceAll(strings.ToLower(contentType), ".", "_")
}

// checkType refuses a content type that has no key of its own.
func CheckType(contentType string) error {
	if contentType == "" || len(contentType) > 100 {
		return fmt.Errorf("content type of %d characters, want 1 to 100", len(contentType))
	}
	for _, r := range contentType {
		if !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '.') {
			return fmt.Errorf("content type %q: only letters, digits and dots are allowed", contentType)
		}
	}
	return nil
}

// checkContent refuses a content that no key or name can be made of.
func CheckContent(c audit.Content) error {
	if err := CheckType(c.Type); err != nil {
		return err
	}
	if c.ID == "" || len(c.ID) > 2000 {
		return fmt.Errorf("content id of %d bytes, want 1 to 2000", len(c.ID))
	}
	if c.Created.Unix() < 0 || c.Created.Unix() > LastSecond {
		return fmt.Errorf("content %q: created %s is out of range", c.ID, c.Created.UTC().Format(time.RFC3339))
	}
	return nil
}

// validKey reports whether k may be a PartitionKey or RowKey. The alphabet
// leaves out all that the service, its URLs or the SDK treat in a special way
// (quotes, %, /, + and more); the length is well below the service's 1,024.
func Valid(k string) bool {
	if k == "" || len(k) > 512 {
		return false
	}
	for i := range len(k) {
		c := k[i]
		if !('a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '_' || c == '-') {
			return false
		}
	}
	return true
}
