package host

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

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

var bindingName = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9]{0,127}$`)

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
		slot := &trigger
		if !b.isTrigger() {
			slot = &output
		}
		if *slot != nil {
			return fmt.Errorf("more than one %s: %s and %s", kind(b), (*slot).Name, b.Name)
		}
		*slot = b
	}
	if trigger == nil {
		return errors.New("no trigger binding specified: a function must have a trigger")
	}
	return f.setTrigger(trigger, output, s)
}

func kind(b *binding) string {
	if b.isTrigger() {
		return "trigger"
	}
	return "http output"
}

func (b *binding) isTrigger() bool {
	return !strings.EqualFold(b.Type, "http")
}

// check refuses what the stand-in cannot do as clearly as what the host
// cannot do.
func (b *binding) check() error {
	if !bindingName.MatchString(b.Name) {
		return fmt.Errorf("the binding name %q is invalid (or $return, which this stand-in does not support)", b.Name)
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
		return fmt.Errorf("binding %s is of type %q: this stand-in for the host has only timerTrigger, httpTrigger and http", b.Name, b.Type)
	}
	return nil
}

func (f *Function) setTrigger(trigger, output *binding, s settings) error {
	if strings.EqualFold(trigger.Type, "timerTrigger") {
		if output != nil {
			return fmt.Errorf("binding %s: an http output needs an httpTrigger", output.Name)
		}
		return f.setTimer(trigger, s)
	}
	return f.setHTTP(trigger, output)
}

// setTimer resolves the schedule's settings; the route of an HTTP trigger has
// none resolved.
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
		UseMonitor:   (b.UseMonitor == nil || *b.UseMonitor) && !parsed.subMinute(),
		RunOnStartup: b.RunOnStartup,
		schedule:     parsed,
	}
	return nil
}

func (f *Function) setHTTP(b, output *binding) error {
	t := &HTTPTrigger{Binding: b.Name, Route: strings.Trim(b.Route, "/"), AuthLevel: strings.ToLower(b.AuthLevel)}
	if t.Route == "" {
		t.Route = f.Name
	}
	switch t.AuthLevel {
	case "":
		t.AuthLevel = "function"
	case "anonymous", "function", "admin":
	default:
		return fmt.Errorf("authLevel %q is none of anonymous, function and admin", b.AuthLevel)
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
	if output != nil {
		t.Output = output.Name
	}
	f.HTTP = t
	return nil
}
