package keys

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
)

// A Position is where an event or a ledger entry comes in its listing. Positions
// sort as strings, newest first. Only the package that made one can read it.
type Position string

// ErrPosition means that a Position was not made by the listing it is used for.
var ErrPosition = errors.New("invalid position")

// Keys hold times inverted, so that key order is newest first. An inverted time
// has a fixed number of digits. Seconds that do not fit (before 1970, after
// 2286) share the nearest key; month and id still tell them apart.
const (
	LastSecond = 9_999_999_999 // 2286-11-20T17:46:39Z
	lastHour   = 99_999_999
)

// Second returns the Unix second of t, limited to what a key can hold.
func Second(t time.Time) int64 { return min(max(t.Unix(), 0), LastSecond) }

// InvertedSecond returns 10 digits that are smaller for a later second.
func InvertedSecond(second int64) string { return fmt.Sprintf("%010d", LastSecond-second) }

// ParseInvertedSecond is the inverse of [InvertedSecond].
func ParseInvertedSecond(inverted string) (int64, error) {
	n, err := strconv.ParseUint(inverted, 10, 64)
	if err != nil || len(inverted) != 10 {
		return 0, fmt.Errorf("invalid inverted second %q", inverted)
	}
	return LastSecond - int64(n), nil
}

// InvertedHour returns 8 digits that are smaller for a second in a later hour.
func InvertedHour(second int64) string { return fmt.Sprintf("%08d", lastHour-second/3600) }

// AscendingSecond returns 10 digits that are greater for a later second.
func AscendingSecond(t time.Time) string { return fmt.Sprintf("%010d", Second(t)) }

// ContentHash returns 32 hex digits that stand for a content id in keys and blob
// names. It never changes, whatever other packages use as a hash.
func ContentHash(id string) string {
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:16])
}

// TypeKey returns a content type as a key: "audit_general" for Audit.General.
// Types that [CheckType] accepts have the same key only if they differ in case.
func TypeKey(contentType string) string {
	return strings.ReplaceAll(strings.ToLower(contentType), ".", "_")
}

// CheckType returns an error for a content type that has no key of its own.
func CheckType(contentType string) error {
	if contentType == "" || len(contentType) > 100 {
		return fmt.Errorf("content type has %d characters, want 1 to 100", len(contentType))
	}
	for _, r := range contentType {
		if !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '.') {
			return fmt.Errorf("content type %q: want letters, digits and dots", contentType)
		}
	}
	return nil
}

// CheckContent returns an error for a content blob that no key can be made of.
func CheckContent(c audit.Content) error {
	if err := CheckType(c.Type); err != nil {
		return err
	}
	if c.ID == "" || len(c.ID) > 2000 {
		return fmt.Errorf("content id has %d bytes, want 1 to 2000", len(c.ID))
	}
	if c.Created.Unix() < 0 || c.Created.Unix() > LastSecond {
		return fmt.Errorf("content blob %q: contentCreated %s is out of range", c.ID, c.Created.UTC().Format(time.RFC3339))
	}
	return nil
}

// Valid reports whether k can be a PartitionKey or RowKey. The alphabet leaves
// out every character that the service, its URLs or the SDK treat specially
// (quotes, %, /, + and more). The length is well below the service's 1,024.
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

// PrefixEnd returns a string that sorts after every key with this prefix, and
// before every other key that sorts after the prefix: the tilde follows the whole
// key alphabet.
func PrefixEnd(prefix string) string { return prefix + "~" }
