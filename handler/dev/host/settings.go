package host

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// settings are the environment of the host and the handler: app settings, and a
// few inherited variables.
type settings map[string]string

// inherited lists the variables of this process that a handler needs to run at
// all. It gets no others, so that a setting that is missing in the app is
// missing here, too.
func inherited() []string {
	return []string{
		"PATH", "HOME", "TMPDIR", "TEMP", "TMP", "TZ", "LANG", "SSL_CERT_FILE", "SSL_CERT_DIR",
		"USERPROFILE", "LOCALAPPDATA", "SYSTEMROOT", "GOCOVERDIR",
	}
}

func readSettings(root string, env map[string]string) (settings, error) {
	s := settings{}
	for _, name := range inherited() {
		if value, ok := os.LookupEnv(name); ok {
			s[name] = value
		}
	}
	local, err := readLocalSettings(filepath.Join(root, "local.settings.json"))
	if err != nil {
		return nil, err
	}
	maps.Copy(s, local)
	maps.Copy(s, env)
	return s, nil
}

// readLocalSettings returns the Values of local.settings.json, or nil if there is
// no such file.
func readLocalSettings(path string) (map[string]string, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var file struct {
		IsEncrypted bool
		Values      map[string]string
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	if file.IsEncrypted {
		return nil, fmt.Errorf("read %s: encrypted settings are not supported", path)
	}
	return file.Values, nil
}

// lookup finds a setting by the rules of .NET configuration: names match in any
// case, and ":" equals "__".
func (s settings) lookup(name string) (string, bool) {
	name = strings.ReplaceAll(name, ":", "__")
	if value, ok := s[name]; ok {
		return value, true
	}
	for _, key := range slices.Sorted(maps.Keys(s)) {
		if strings.EqualFold(key, name) {
			return s[key], true
		}
	}
	return "", false
}

var percentPattern = regexp.MustCompile(`%([^%]+)%`)

// resolve replaces each %NAME% in a property of a binding. An unset or empty
// setting is an error, which puts the function in error.
func (s settings) resolve(text string) (string, error) {
	var missing []string
	resolved := percentPattern.ReplaceAllStringFunc(text, func(match string) string {
		value, _ := s.lookup(strings.Trim(match, "%"))
		if value == "" {
			missing = append(missing, match)
		}
		return value
	})
	if missing != nil {
		return "", fmt.Errorf("%s does not resolve to a value: no such app setting", strings.Join(missing, ", "))
	}
	return resolved, nil
}

// expand replaces each %NAME% in the handler's command line. An unset setting
// becomes "".
func (s settings) expand(text string) string {
	return percentPattern.ReplaceAllStringFunc(text, func(match string) string {
		value, _ := s.lookup(strings.Trim(match, "%"))
		return value
	})
}

// environ returns the handler's environment, without the variables that the host
// adds.
func (s settings) environ() []string {
	env := make([]string, 0, len(s))
	for _, name := range slices.Sorted(maps.Keys(s)) {
		env = append(env, name+"="+s[name])
	}
	return env
}
