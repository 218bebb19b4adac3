package host

import "bytes"

// maxLine bounds what is kept of a line that does not end.
const maxLine = 1 << 20

// lineWriter hands on what is written to it a line at a time.
type lineWriter struct {
	line func(string)
	rest []byte
}

func (w *lineWriter) Write(p []byte) (int, error) {
	w.rest = append(w.rest, p...)
	for {
		line, rest, found := bytes.Cut(w.rest, []byte{'\n'})
		if !found && len(w.rest) < maxLine {
			return len(p), nil
		}
		w.line(string(bytes.TrimSuffix(line, []byte{'\r'})))
		w.rest = rest
	}
}

// flush hands on a last line without an end.
func (w *lineWriter) flush() {
	if len(w.rest) > 0 {
		w.line(string(w.rest))
		w.rest = nil
	}
}
