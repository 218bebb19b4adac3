package host

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Function is one function of the app, running or in error.
type Function struct {
	Name     string
	Disabled bool
	// Err tells why the host cannot run the function. The others run.
	Err error
	// Timer or HTTP is set, by the trigger, unless Err is.
	Timer *TimerTrigger
	HTTP  *HTTPTrigger

	retry *retryPolicy
}

// TimerTrigger is a timerTrigger binding.
type TimerTrigger struct {
	Binding      string
	Schedule     string // with its settings resolved
	UseMonitor   bool   // false also where it runs more than once a minute
	RunOnStartup bool

	schedule schedule
}

// HTTPTrigger is an httpTrigger binding with the http output beside it.
type HTTPTrigger struct {
	Binding   string
	Output    string   // name of the http output; "" if there is none
	Methods   []string // upper case; empty: all
	Route     string   // without the route prefix
	AuthLevel string   // "anonymous", "function" or "admin"

	template template
}

// functionFile is a function.json.
type functionFile struct {
	Bindings   []binding       `json:"bindings"`
	Disabled   json.RawMessage `json:"disabled"`
	ScriptFile string          `json:"scriptFile"`
	Retry      *retryFile      `json:"retry"`
}

var functionName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_\-]{0,127}$`)

// readFunctions finds the functions: the immediate subfolders of root that
// hold a function.json, in the order of their names. Routes are tried in that
// order, too.
func readFunctions(root string, s settings) ([]*Function, error) {
	entries, err := os.ReadDir(root)
	if err != nil {
		return nil, err
	}
	var functions []*Function
	for _, entry := range entries {
		text, err := os.ReadFile(filepath.Join(root, entry.Name(), "function.json"))
		if errors.Is(err, fs.ErrNotExist) || !isDir(filepath.Join(root, entry.Name())) {
			continue
		}
		f := &Function{Name: entry.Name()}
		if f.Err = err; err == nil {
			f.Err = f.parse(filepath.Join(root, entry.Name()), text, s)
		}
		functions = append(functions, f)
	}
	slices.SortFunc(functions, func(a, b *Function) int {
		return cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
	})
	rejectConflicts(functions)
	return functions, nil
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

func (f *Function) parse(dir string, text []byte, s settings) error {
	if !functionName.MatchString(f.Name) || strings.EqualFold(f.Name, "host") {
		return fmt.Errorf("%q is not a valid function name", f.Name)
	}
	var file functionFile
	if err := json.Unmarshal(text, &file); err != nil {
		return fmt.Errorf("read function.json: %w", err)
	}
	if file.ScriptFile != "" && !isFile(filepath.Join(dir, file.ScriptFile)) {
		return fmt.Errorf("scriptFile %q does not exist", file.ScriptFile)
	}
	var err error
	if f.Disabled, err = isDisabled(f.Name, file.Disabled, s); err != nil {
		return err
	}
	if f.retry, err = file.Retry.policy(); err != nil {
		return err
	}
	return f.bind(file.Bindings, s)
}

// isDisabled reads "disabled" (a boolean, or the name of a setting) and the
// app setting that disables a function.
func isDisabled(name string, disabled json.RawMessage, s settings) (bool, error) {
	for _, setting := range []string{"AzureWebJobs." + name + ".Disabled", "AzureWebJobs__" + name + "__Disabled"} {
		if isTrue(s, setting) {
			return true, nil
		}
	}
	if len(disabled) == 0 || string(disabled) == "null" {
		return false, nil
	}
	var flag bool
	if json.Unmarshal(disabled, &flag) == nil {
		return flag, nil
	}
	var setting string
	if err := json.Unmarshal(disabled, &setting); err != nil {
		return false, errors.New("disabled is neither true, false nor the name of a setting")
	}
	return isTrue(s, strings.Trim(setting, "%")), nil
}

func isTrue(s settings, name string) bool {
	value, _ := s.lookup(name)
	on, err := strconv.ParseBool(strings.ToLower(value))
	return err == nil && on
}

// rejectConflicts puts a function in error whose route an earlier one has.
func rejectConflicts(functions []*Function) {
	for i, f := range functions {
		if f.HTTP == nil {
			continue
		}
		for _, earlier := range functions[:i] {
			if earlier.HTTP != nil && f.HTTP.conflicts(earlier.HTTP) {
				f.Err = fmt.Errorf("the route %q conflicts with that of function %q", f.HTTP.Route, earlier.Name)
				f.HTTP = nil
				break
			}
		}
	}
}

func (t *HTTPTrigger) conflicts(other *HTTPTrigger) bool {
	if !strings.EqualFold(t.Route, other.Route) {
		return false
	}
	return len(t.Methods) == 0 || len(other.Methods) == 0 ||
		slices.ContainsFunc(t.Methods, func(m string) bool { return slices.Contains(other.Methods, m) })
}
