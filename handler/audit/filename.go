package audit

import "strings"

// FileName is the last segment of an ObjectId, which may be a local or a UNC
// path, a URL, or a bare name: what follows the last slash or backslash.
// Slashes at the end do not count, so that a folder has its name.
func FileName(objectID string) string {
	const separators = `/\`
	s := strings.TrimRight(objectID, separators)
	return s[strings.LastIndexAny(s, separators)+1:]
}
