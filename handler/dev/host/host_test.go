package host

import (
	"net"
	"strings"
	"testing"
)

func TestStartErrors(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	app := func(hostJSON, localSettings string) string {
		root := stage(t, `{}`, map[string]string{"echo": timerJSON})
		writeFile(t, root+"/host.json", hostJSON)
		writeFile(t, root+"/local.settings.json", localSettings)
		return root
	}
	const valid = `{"version":"2.0","customHandler":{"description":{"defaultExecutablePath":"x"}}}`
	for name, test := range map[string]struct {
		cfg  Config
		want string
	}{
		"missing app":       {Config{Root: t.TempDir()}, "host.json"},
		"invalid host.json": {Config{Root: app(`{}`, `{}`)}, "version"},
		"invalid settings":  {Config{Root: app(valid, `{`)}, "read the app settings"},
		"address in use":    {Config{Root: app(valid, `{}`), Address: listener.Addr().String()}, "listen for HTTP functions"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Start(t.Context(), test.cfg); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
		})
	}
}
