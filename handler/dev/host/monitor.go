package host

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// monitor keeps the status of timers, so that an occurrence missed while the
// host was down is made up for: in a file each, or in memory without a folder.
type monitor struct {
	dir  string
	mu   sync.Mutex
	kept map[string]scheduleStatus
}

// path has the name that the host knows a function's timer by.
func (m *monitor) path(function string) string {
	return filepath.Join(m.dir, "Host.Functions."+function+".status")
}

// get is nil for a timer without a status.
func (m *monitor) get(function string) (*scheduleStatus, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.dir == "" {
		if status, ok := m.kept[function]; ok {
			return &status, nil
		}
		return nil, nil
	}
	text, err := os.ReadFile(m.path(function))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var status scheduleStatus
	if err := json.Unmarshal(text, &status); err != nil {
		return nil, fmt.Errorf("read %s: %w", m.path(function), err)
	}
	return &status, nil
}

// put replaces the status; a crash leaves the old one or the new one.
func (m *monitor) put(function string, status scheduleStatus) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.dir == "" {
		m.kept[function] = status
		return nil
	}
	if err := os.MkdirAll(m.dir, 0o755); err != nil {
		return err
	}
	temporary := m.path(function) + ".new"
	if err := os.WriteFile(temporary, []byte(marshal(status)), 0o644); err != nil {
		return err
	}
	return os.Rename(temporary, m.path(function))
}
