package host

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// hostOptions are the options of host.json that this package supports.
type hostOptions struct {
	FunctionTimeout       time.Duration // 0 means no timeout
	RoutePrefix           string        // without slashes
	Executable            string
	Arguments             []string
	WorkingDirectory      string
	InitializationTimeout time.Duration
	Forwarding, Proxying  bool
	Port                  int // 0 means that the host picks one
}

// readHostOptions reads host.json and applies AzureFunctionsJobHost__ settings.
// Its error lists all invalid options.
func readHostOptions(root string, s settings) (hostOptions, error) {
	path := filepath.Join(root, "host.json")
	text, err := os.ReadFile(path)
	if err != nil {
		return hostOptions{}, err
	}
	tree := section{}
	if err := json.Unmarshal(text, &tree); err != nil {
		return hostOptions{}, fmt.Errorf("read %s: %w", path, err)
	}
	tree.override(s)
	options, err := tree.options(root, s)
	if err != nil {
		return hostOptions{}, fmt.Errorf("read %s: %w", path, err)
	}
	return options, nil
}

func (c section) options(root string, s settings) (hostOptions, error) {
	r := reader{tree: c}
	o := hostOptions{
		FunctionTimeout:       r.duration(30*time.Minute, "functionTimeout"),
		RoutePrefix:           strings.Trim(r.text("api", "extensions", "http", "routePrefix"), "/"),
		WorkingDirectory:      r.text("", "customHandler", "description", "workingDirectory"),
		InitializationTimeout: r.duration(30*time.Second, "customHandler", "initializationTimeout"),
		Forwarding:            r.boolean("customHandler", "enableForwardingHttpRequest"),
		Proxying:              r.boolean("customHandler", "enableProxyingHttpRequest"),
		Port:                  r.integer("customHandler", "port"),
	}
	if v := r.text("", "version"); v != "2.0" {
		r.fail("version is %q, not 2.0", v)
	}
	o.FunctionTimeout = r.checkTimeout(o.FunctionTimeout)
	o.setCommand(&r, root, s)
	return o, errors.Join(r.errs...)
}

// checkTimeout converts -1 to no timeout. As a TimeSpan, -1 is minus one day.
func (r *reader) checkTimeout(timeout time.Duration) time.Duration {
	if timeout == -24*time.Hour {
		return 0
	}
	if timeout < time.Second {
		r.fail("functionTimeout is %s, less than a second", timeout)
	}
	return timeout
}

// setCommand sets the command line of the handler and its working directory. A
// relative executable that is not a file of the app is looked up on PATH.
func (o *hostOptions) setCommand(r *reader, root string, s settings) {
	o.Executable = s.expand(r.text("", "customHandler", "description", "defaultExecutablePath"))
	if o.Executable == "" {
		r.fail("missing customHandler.description.defaultExecutablePath: the host has nothing to run")
	}
	if full := filepath.Join(root, o.Executable); !filepath.IsAbs(o.Executable) && isFile(full) {
		o.Executable = full
	}
	args := r.list("customHandler", "description", "arguments")
	if worker := r.text("", "customHandler", "description", "defaultWorkerPath"); worker != "" {
		args = append(args, worker)
	}
	for _, arg := range append(args, r.list("customHandler", "description", "workerArguments")...) {
		o.Arguments = append(o.Arguments, s.expand(arg))
	}
	if !filepath.IsAbs(o.WorkingDirectory) {
		o.WorkingDirectory = filepath.Join(root, o.WorkingDirectory)
	}
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.IsDir()
}

// section is an object of host.json. It follows the rules of .NET configuration:
// names match in any case, and app settings may replace values by text.
type section map[string]any

// value returns nil if a part of the path is absent.
func (c section) value(path ...string) any {
	var v any = map[string]any(c)
	for _, name := range path {
		object, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = object[findKey(object, name)]
	}
	return v
}

// findKey returns the key of object that equals name in any case, or else name.
func findKey(object map[string]any, name string) string {
	for _, key := range slices.Sorted(maps.Keys(object)) {
		if strings.EqualFold(key, name) {
			return key
		}
	}
	return name
}

const overridePrefix = "AzureFunctionsJobHost__"

// override applies app settings such as AzureFunctionsJobHost__functionTimeout.
func (c section) override(s settings) {
	for _, name := range slices.Sorted(maps.Keys(s)) {
		if len(name) > len(overridePrefix) && strings.EqualFold(name[:len(overridePrefix)], overridePrefix) {
			c.set(strings.Split(name[len(overridePrefix):], "__"), s[name])
		}
	}
}

func (c section) set(path []string, value string) {
	object := map[string]any(c)
	for _, name := range path[:len(path)-1] {
		key := findKey(object, name)
		next, ok := object[key].(map[string]any)
		if !ok {
			next = map[string]any{}
			object[key] = next
		}
		object = next
	}
	object[findKey(object, path[len(path)-1])] = value
}

// reader reads typed values from a section and collects errors.
type reader struct {
	tree section
	errs []error
}

func (r *reader) fail(format string, args ...any) {
	r.errs = append(r.errs, fmt.Errorf(format, args...))
}

func (r *reader) text(absent string, path ...string) string {
	switch v := r.tree.value(path...).(type) {
	case nil:
		return absent
	case string:
		return v
	default:
		r.fail("%s must be text", strings.Join(path, "."))
		return absent
	}
}

func (r *reader) boolean(path ...string) bool {
	v := r.tree.value(path...)
	if v == nil {
		return false
	}
	b, err := strconv.ParseBool(strings.ToLower(fmt.Sprint(v)))
	if err != nil {
		r.fail("%s must be true or false", strings.Join(path, "."))
	}
	return b
}

func (r *reader) integer(path ...string) int {
	v := r.tree.value(path...)
	if v == nil {
		return 0
	}
	n, err := strconv.Atoi(fmt.Sprint(v))
	if err != nil {
		r.fail("%s must be a whole number", strings.Join(path, "."))
	}
	return n
}

func (r *reader) duration(absent time.Duration, path ...string) time.Duration {
	text := r.text("", path...)
	if text == "" {
		return absent
	}
	d, err := parseTimeSpan(text)
	if err != nil {
		r.fail("%s: %w", strings.Join(path, "."), err)
	}
	return d
}

// list reads an array of texts. An app setting holds it as JSON text.
func (r *reader) list(path ...string) []string {
	v := r.tree.value(path...)
	if v == nil {
		return nil
	}
	text, ok := v.(string)
	if !ok {
		array, _ := json.Marshal(v) // v was decoded from JSON
		text = string(array)
	}
	var list []string
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		r.fail("%s must be a list of texts", strings.Join(path, "."))
	}
	return list
}
