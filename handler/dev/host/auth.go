package host

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
)

// level is what a key grants. They do not form a chain but for the master
// key, which grants everything.
type level int

const (
	levelNone level = iota
	levelFunction
	levelAdmin
)

func (l level) String() string {
	return [...]string{"Anonymous", "Function", "Admin"}[l]
}

// keys are the app's access keys ("Work with access keys in Azure Functions").
type keys struct {
	host      string            // "default" of the host keys: every function
	master    string            // "_master"
	functions map[string]string // "default" of each function's own keys
}

func newKeys(c Config, functions []*Function) keys {
	k := keys{host: c.FunctionKey, master: c.MasterKey, functions: map[string]string{}}
	for _, f := range functions {
		k.functions[f.Name] = randomKey()
	}
	return k
}

// identify reads the key of a request. The header wins over the query, even
// if it is wrong; an empty one is none.
func (k keys) identify(r *http.Request, f *Function) (l level, name string) {
	key := r.URL.Query().Get("code")
	if values := r.Header.Values("x-functions-key"); len(values) > 0 {
		key = values[0]
	}
	switch {
	case key == "":
		return levelNone, ""
	case same(key, k.master):
		return levelAdmin, "master"
	case same(key, k.host), f != nil && same(key, k.functions[f.Name]):
		return levelFunction, "default"
	}
	return levelNone, ""
}

// satisfies tells whether a key of level l opens a function.
func (l level) satisfies(authLevel string) bool {
	switch authLevel {
	case "anonymous":
		return true
	case "function":
		return l >= levelFunction
	default:
		return l == levelAdmin
	}
}

// same compares in constant time, whatever the lengths.
func same(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return b != "" && subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

func orRandomKey(key string) string {
	if key != "" {
		return key
	}
	return randomKey()
}

func randomKey() string {
	var b [40]byte
	rand.Read(b[:]) // never fails
	return base64.URLEncoding.EncodeToString(b[:])
}
