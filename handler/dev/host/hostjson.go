package host

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// hostOptions are the parts of host.json that this package honours.
type hostOptions struct {
	FunctionTimeout       time.Duration // 0: none
	RoutePrefix           string        // without slashes
	Executable            string
	Arguments             []string
	WorkingDirectory      string
	InitializationTimeout time.Duration
	Forwarding, Proxying  bool
	Port                  int // 0: the host picks one
}

// readHostOptions reads host.json, overridden by AzureFunctionsJobHost__
// settings. Its error tells every fault.
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
		FunctionTimeout:       r.span(30*time.Minute, "functionTimeout"),
		RoutePrefix:           strings.Trim(r.text("api", "extensions", "http", "routePrefix"), "/"),
		WorkingDirectory:      r.text("", "customHandler", "description", "workingDirectory"),
		InitializationTimeout: r.span(30*time.Second, "customHandler", "initializationTimeout"),
		Forwarding:            r.boolean("customHandler", "enableForwardingHttpRequest"),
		Proxying:              r.boolean("customHandler", "enableProxyingHttpRequest"),
		Port:                  r.integer("customHandler", "port"),
	}
	if v := r.text("", "version"); v != "2.0" {
		r.fail("version is %q, not 2.0", v)
	}
	o.FunctionTimeout = r.checkTimeout(o.FunctionTimeout)
	o.command(&r, root, s)
	return o, errors.Join(r.errs...)
}

// checkTimeout maps -1, which a TimeSpan reads as a day back, to none.
func (r *reader) checkTimeout(timeout time.Duration) time.Duration {
	if timeout == -24*time.Hour {
		return 0
	}
	if timeout < time.Second {
		r.fail("functionTimeout is %s, less than a second", timeout)
	}
	return timeout
}

// command fills in what is run and where. A relative executable that is not a
// file of the app is left for PATH.
func (o *hostOptions) command(r *reader, root string, s settings) {
	o.Executable = s.expand(r.text("", "customHandler", "description", "defaultExecutablePath"))
	if o.Executable == "" {
		r.fail("customHandler.description.defaultExecutablePath is missing: the host would not know what to run")
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
