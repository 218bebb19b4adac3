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

// Function is one function of the app.
type Function struct {
	Name     string
	Disabled bool
	// Err says why the host cannot run this function. The others run.
	Err error
	// Timer or HTTP is set, depending on the trigger, unless Err is.
	Timer *TimerTrigger
	HTTP  *HTTPTrigger
}

// TimerTrigger is a timerTrigger binding.
type TimerTrigger struct {
	Binding      string
	Schedule     string // with app settings resolved
	UseMonitor   bool   // false for schedules of more than once a minute
	RunOnStartup bool

	schedule schedule
}

// HTTPTrigger is an httpTrigger binding. Its function has an http output, too.
type HTTPTrigger struct {
	Binding   string
	Methods   []string // upper case; empty means any method
	Route     string   // without the route prefix
	AuthLevel string   // "anonymous", "function" or "admin"

	template template
}

// functionFile is a function.json.
type functionFile struct {
	Bindings   []binding       `json:"bindings"`
	Disabled   json.RawMessage `json:"disabled"`
	ScriptFile string          `json:"scriptFile"`
	Retry      json.RawMessage `json:"retry"`
}

// binding is one element of a function.json's bindings.
type binding struct {
	Name         string   `json:"name"`
	Type         string   `json:"type"`
	Direction    string   `json:"direction"`
	Schedule     string   `json:"schedule"`
	UseMonitor   *bool    `json:"useMonitor"`
	RunOnStartup bool     `json:"runOnStartup"`
	AuthLevel    string   `json:"authLevel"`
	Methods      []string `json:"methods"`
	Route        string   `json:"route"`
}

var (
	functionName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_\-]{0,127}$`)
	bindingName  = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9]{0,127}$`)
)

// readFunctions returns the functions of an app, ordered by name: the immediate
// subfolders of root that have a function.json. Routes are matched in the same
// order.
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
		f := &Function{Name: entry.Name(), Err: err}
		if err == nil {
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
	if len(file.Retry) > 0 && string(file.Retry) != "null" {
		return errors.New("retry: this stand-in does not support retry policies")
	}
	var err error
	if f.Disabled, err = isDisabled(f.Name, file.Disabled, s); err != nil {
		return err
	}
	return f.bind(file.Bindings, s)
}

// isDisabled reads "disabled" (a boolean or the name of a setting) and the app
// settings that disable a function.
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
		return false, errors.New("disabled must be true, false or the name of a setting")
	}
	return isTrue(s, strings.Trim(setting, "%")), nil
}

func isTrue(s settings, name string) bool {
	value, _ := s.lookup(name)
	on, err := strconv.ParseBool(strings.ToLower(value))
	return err == nil && on
}

// bind checks a function's bindings and sets its trigger.
func (f *Function) bind(bindings []binding, s settings) error {
	if len(bindings) == 0 {
		return errors.New("at least one binding must be declared")
	}
	var trigger, output *binding
	for i := range bindings {
		b := &bindings[i]
		if err := b.check(); err != nil {
			return err
		}
		slot, kind := &trigger, "trigger"
		if strings.EqualFold(b.Type, "http") {
			slot, kind = &output, "http output"
		}
		if *slot != nil {
			return fmt.Errorf("more than one %s: %s and %s", kind, (*slot).Name, b.Name)
		}
		*slot = b
	}
	if trigger == nil {
		return errors.New("no trigger binding specified: a function must have a trigger")
	}
	return f.setTrigger(trigger, output, s)
}

// check rejects bindings that the real host or this stand-in does not support.
func (b *binding) check() error {
	if !bindingName.MatchString(b.Name) {
		return fmt.Errorf("invalid binding name %q ($return is valid, but not supported by this stand-in)", b.Name)
	}
	switch strings.ToLower(b.Type) {
	case "timertrigger", "httptrigger":
		if b.Direction != "" && !strings.EqualFold(b.Direction, "in") {
			return fmt.Errorf("binding %s: a trigger's direction is in, not %q", b.Name, b.Direction)
		}
	case "http":
		if !strings.EqualFold(b.Direction, "out") {
			return fmt.Errorf("binding %s: the direction of an http binding is out, not %q", b.Name, b.Direction)
		}
	default:
		return fmt.Errorf("binding %s is of type %q: this stand-in supports only timerTrigger, httpTrigger and http", b.Name, b.Type)
	}
	return nil
}

func (f *Function) setTrigger(trigger, output *binding, s settings) error {
	isTimer := strings.EqualFold(trigger.Type, "timerTrigger")
	switch {
	case isTimer && output != nil:
		return fmt.Errorf("binding %s: an http output needs an httpTrigger", output.Name)
	case isTimer:
		return f.setTimer(trigger, s)
	case output == nil:
		return fmt.Errorf("binding %s: this stand-in does not support an httpTrigger without an http output", trigger.Name)
	}
	return f.setHTTP(trigger)
}

// setTimer resolves app settings in the schedule. The host does the same for
// no property of an HTTP trigger.
func (f *Function) setTimer(b *binding, s settings) error {
	text, err := s.resolve(b.Schedule)
	if err != nil {
		return fmt.Errorf("schedule: %w", err)
	}
	parsed, err := parseSchedule(text)
	if err != nil {
		return err
	}
	f.Timer = &TimerTrigger{
		Binding:      b.Name,
		Schedule:     text,
		UseMonitor:   (b.UseMonitor == nil || *b.UseMonitor) && !parsed.isSubMinute(),
		RunOnStartup: b.RunOnStartup,
		schedule:     parsed,
	}
	return nil
}

func (f *Function) setHTTP(b *binding) error {
	t := &HTTPTrigger{
		Binding:   b.Name,
		Route:     cmp.Or(strings.Trim(b.Route, "/"), f.Name),
		AuthLevel: cmp.Or(strings.ToLower(b.AuthLevel), "function"),
	}
	if !slices.Contains([]string{"anonymous", "function", "admin"}, t.AuthLevel) {
		return fmt.Errorf("invalid authLevel %q: want anonymous, function or admin", b.AuthLevel)
	}
	if lower := strings.ToLower(t.Route); strings.HasPrefix(lower, "admin") || strings.HasPrefix(lower, "runtime") {
		return fmt.Errorf("the route %q conflicts with one or more built in routes", t.Route)
	}
	var err error
	if t.template, err = parseTemplate(t.Route); err != nil {
		return fmt.Errorf("route %q: %w", t.Route, err)
	}
	for _, method := range b.Methods {
		t.Methods = append(t.Methods, strings.ToUpper(method))
	}
	f.HTTP = t
	return nil
}

// function finds a function by name. Like the host, it ignores case.
func (h *Host) function(name string) *Function {
	for _, f := range h.functions {
		if strings.EqualFold(f.Name, name) {
			return f
		}
	}
	return nil
}

// urlOf is the URL of an HTTP function.
func (h *Host) urlOf(f *Function) string {
	if h.options.RoutePrefix == "" {
		return h.url + "/" + f.HTTP.Route
	}
	return h.url + "/" + h.options.RoutePrefix + "/" + f.HTTP.Route
}
