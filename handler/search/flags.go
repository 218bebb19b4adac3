package search

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labeltrail/labeltrail/handler/query"
)

const usage = `Usage: labeltrail search [flags]

Asks a deployment for events, newest first, and writes the whole answer to standard output or to a file. The file gets its name
only when it is complete. Standard error shows the progress, the number of events and how far the trail is complete. It is not
an error if nothing matches. Exit code 2 if the answer is missing or incomplete.

The flags are the parameters of /api/v1/events, in upper or lower case, and accept the same values. Repeat a flag to match any
of several values.

  labeltrail search -recordType AipSensitivityLabelAction -labelEventTypes LabelDowngraded -startDate -90d -format csv

`

const settingsUsage = `
Settings, from the environment:
  LABELTRAIL_URL (required): the function app's address, such as https://<app>.azurewebsites.net
  LABELTRAIL_KEY: a key of its query function
  LABELTRAIL_AUDIENCE: for an app that requires Entra tokens (Easy Auth): their audience, such as api://<client id>; the token
    is for the identity that is logged in (az login)
`

// defaultFormat writes one event a line, to a terminal and to a pipe alike.
const defaultFormat = "ndjson"

// formatParameter is the one API parameter whose value search itself reads.
const formatParameter = "format"

// maxNames is how many value names fit in the help of a flag.
const maxNames = 12

// A format is one that search can join pages of.
type format struct {
	query.Format
	join func(io.Writer) joiner
}

// parse reads the command's arguments.
func (c *Config) parse(args []string) (*search, error) {
	s := &search{Config: c, question: url.Values{}}
	f := c.flags(s)
	if err := f.Parse(canonical(f, args)); err != nil {
		return nil, err
	}
	if f.NArg() > 0 {
		return nil, fmt.Errorf("unexpected argument %q", f.Arg(0))
	}
	if s.first < 0 {
		return nil, fmt.Errorf("-first: %d is less than 0", s.first)
	}
	if s.first == 0 {
		s.first = math.MaxInt
	}
	return s, s.setFormat()
}

// flags returns a flag for each parameter of the API, and those of search itself.
func (c *Config) flags(s *search) *flag.FlagSet {
	f := flag.NewFlagSet("search", flag.ContinueOnError)
	f.SetOutput(c.Stderr)
	f.Usage = func() {
		fmt.Fprint(c.Stderr, usage)
		f.PrintDefaults()
		fmt.Fprint(c.Stderr, settingsUsage)
	}
	for _, parameter := range query.EventParameters() {
		name := parameter.Name
		f.Func(name, flagUsage(parameter), func(value string) error {
			s.question.Add(name, value) // the API checks it and explains what is wrong
			return nil
		})
	}
	f.IntVar(&s.first, "first", 0, "End after this many events, the newest; 0 for all.")
	f.StringVar(&s.out, "out", "", "Write to this `file` instead of standard output.")
	return f
}

func flagUsage(p query.Parameter) string {
	text := p.About
	if p.Name == formatParameter {
		p.Default = defaultFormat
	}
	if p.Lists {
		text += " To match any of several values, repeat the flag or separate them by commas."
	} else if p.Many {
		text += " To match any of several values, repeat the flag."
	}
	if n := len(p.Names); 0 < n && n <= maxNames {
		text += " Values: " + strings.Join(p.Names, ", ") + "."
	}
	if p.Default != "" {
		text += fmt.Sprintf(" (default %s)", p.Default)
	}
	return text
}

// canonical replaces the spelling of each flag by the one that f defines. The
// API's parameters are case-insensitive, and so are those of the PowerShell
// commands that users know. Every flag except help is followed by a value.
func canonical(f *flag.FlagSet, args []string) []string {
	spelled := slices.Clone(args)
	for i := 0; i < len(args) && strings.HasPrefix(args[i], "-"); i++ {
		name, value, hasValue := strings.Cut(strings.TrimLeft(args[i], "-"), "=")
		f.VisitAll(func(known *flag.Flag) {
			if strings.EqualFold(known.Name, name) {
				name = known.Name
			}
		})
		spelled[i] = "-" + name
		if hasValue {
			spelled[i] += "=" + value
		} else if name != "h" && name != "help" {
			i++
		}
	}
	return spelled
}

// setFormat sets the format, and the page size unless a flag did.
func (s *search) setFormat() error {
	name := defaultFormat
	if given := s.question[formatParameter]; len(given) > 0 {
		name = given[len(given)-1] // the API rejects more than one
	} else {
		s.question.Set(formatParameter, name)
	}
	formats := query.EventFormats()
	i := slices.IndexFunc(formats, func(f query.Format) bool { return strings.EqualFold(f.Name, name) })
	if i < 0 || joiners[formats[i].Name] == nil {
		return errors.New("-format: " + strconv.Quote(name) + " is not json, ndjson or csv")
	}
	s.format = format{formats[i], joiners[formats[i].Name]}
	if !s.question.Has("resultSize") {
		s.question.Set("resultSize", strconv.Itoa(pageSize(s.first, s.format.MaxResults)))
	}
	return nil
}

// pageSize returns the smallest page size that gets the first rows in as few
// pages as possible. Each page costs a request.
func pageSize(first, most int) int {
	if first <= most {
		return first
	}
	pages := (first-1)/most + 1
	return (first-1)/pages + 1
}
