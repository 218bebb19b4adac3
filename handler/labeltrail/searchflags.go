package main

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

const searchUsage = `Usage: labeltrail search [flags]

Asks a deployment for events, newest first, and writes all of the answer to standard output, or to a file that has its name only
once it is whole. How far it has come, how many events there were and through when the trail is complete is said on standard
error. Nothing found is no failure. Exit code 2 if the answer could not be had whole.

The flags are the parameters of /api/v1/events, in upper or lower case; what they take is what those take. A flag may be repeated
where any of several values is to match.

  labeltrail search -recordType AipSensitivityLabelAction -labelEventTypes LabelDowngraded -startDate -90d -format csv

`

const searchSettings = `
Settings, from the environment:
  LABELTRAIL_URL (required): the function app's address, such as https://<app>.azurewebsites.net
  LABELTRAIL_KEY: a key of its query function
  LABELTRAIL_AUDIENCE: where the app asks for Entra tokens (Easy Auth), what they are for, such as api://<client id>; they are got
    as who is logged in (az login)
`

// defaultFormat is the same for people and pipes: a line an event.
const defaultFormat = "ndjson"

// formatName is the parameter that search has to know.
const formatName = "format"

// mostNames is how many names of values a flag's help has room for.
const mostNames = 12

// A format is one that search can join pages of.
type format struct {
	query.Format
	join func(io.Writer) joiner
}

// parseSearch reads the command's arguments.
func (p *program) parseSearch(args []string) (*search, error) {
	s := &search{program: p, question: url.Values{}}
	f := p.searchFlags(s)
	if err := parse(f, canonical(f, args)); err != nil {
		return nil, err
	}
	if s.first < 0 {
		return nil, fmt.Errorf("-first: %d is less than 0", s.first)
	}
	if s.first == 0 {
		s.first = math.MaxInt
	}
	return s, s.setFormat()
}

// searchFlags are the API's parameters, as the table of them has them, and
// what is search's own.
func (p *program) searchFlags(s *search) *flag.FlagSet {
	f := flag.NewFlagSet("search", flag.ContinueOnError)
	f.SetOutput(p.stderr)
	f.Usage = func() {
		fmt.Fprint(p.stderr, searchUsage)
		f.PrintDefaults()
		fmt.Fprint(p.stderr, searchSettings)
	}
	for _, parameter := range query.EventParameters() {
		name := parameter.Name
		f.Func(name, usage(parameter), func(value string) error {
			s.question.Add(name, value) // the API says what is wrong with it
			return nil
		})
	}
	f.IntVar(&s.first, "first", 0, "end after so many events, the newest; 0 for all")
	f.StringVar(&s.out, "out", "", "write to this `file` instead of standard output")
	return f
}

// usage is what a flag's help says.
func usage(p query.Parameter) string {
	text := p.About
	if p.Name == formatName {
		p.Default = defaultFormat
	}
	if p.Lists {
		text += " Any of several: repeated, or with commas between."
	} else if p.Many {
		text += " Any of several: repeated."
	}
	if n := len(p.Names); 0 < n && n <= mostNames {
		text += " Values: " + strings.Join(p.Names, ", ") + "."
	}
	if p.Default != "" {
		text += fmt.Sprintf(" (default %s)", p.Default)
	}
	return text
}

// canonical spells the flags as they are defined: the API's parameters are
// case-insensitive, and so are those of PowerShell, where the questions come
// from. Each flag but that for help is followed by its value.
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

// setFormat fills in the format, and pages as large as they may be: each costs
// a request.
func (s *search) setFormat() error {
	name := defaultFormat
	if given := s.question[formatName]; len(given) > 0 {
		name = given[len(given)-1] // more than one the API refuses
	} else {
		s.question.Set(formatName, name)
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

// pageSize is that of as few pages as the first rows can come in, and no
// larger than they need.
func pageSize(first, most int) int {
	if first <= most {
		return first
	}
	pages := (first-1)/most + 1
	return (first-1)/pages + 1
}
