package tenant

// isGUID reports whether s is a GUID in its usual form, and not all zeros.
func isGUID(s string) bool {
	if len(s) != 36 || s == zeroGUID {
		return false
	}
	for i, c := range []byte(s) {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		if dash != (c == '-') || !dash && !isHex(c) {
			return false
		}
	}
	return true
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// zeroGUID is how the service names the publisher of a request that names none.
const zeroGUID = "00000000-0000-0000-0000-000000000000"
