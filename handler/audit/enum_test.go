package audit

import (
	"strings"
	"testing"
)

func TestEnumerationsAreReadBothWays(t *testing.T) {
	for _, c := range []struct {
		number int32
		name   string
		nameOf func(int32) string
		byName func(string) (int32, bool)
	}{
		{0, "Regular", UserTypeName, UserTypeByName},
		{3, "DCAdmin", UserTypeName, UserTypeByName},
		{5, "Application", UserTypeName, UserTypeByName},
		{10, "Guest", UserTypeName, UserTypeByName},
		{1, "Windows", PlatformName, PlatformByName},
		{2, "MacOS", PlatformName, PlatformByName},
		{5, "Web", PlatformName, PlatformByName},
		{2, "LabelDowngraded", LabelEventTypeName, LabelEventTypeByName},
		{4, "LabelChangedSameOrder", LabelEventTypeName, LabelEventTypeByName},
		{3, "Manual", ActionSourceName, ActionSourceByName},
		{4, "Recommended", ActionSourceName, ActionSourceByName},
	} {
		if got := c.nameOf(c.number); got != c.name {
			t.Errorf("%d is named %q, want %q", c.number, got, c.name)
		}
		if n, ok := c.byName(strings.ToUpper(c.name)); !ok || n != c.number {
			t.Errorf("%s is %d, %v, want %d", c.name, n, ok, c.number)
		}
	}
}

func TestUnknownMembersHaveNoName(t *testing.T) {
	for _, nameOf := range []func(int32) string{UserTypeName, PlatformName, LabelEventTypeName, ActionSourceName} {
		if low, high := nameOf(-1), nameOf(11); low != "" || high != "" {
			t.Errorf("-1 is named %q, 11 %q", low, high)
		}
	}
	for _, byName := range []func(string) (int32, bool){UserTypeByName, PlatformByName, LabelEventTypeByName, ActionSourceByName} {
		if n, ok := byName(""); ok {
			t.Errorf("the empty name is %d", n)
		}
	}
}

func TestPlatformsHaveShortNames(t *testing.T) {
	for name, want := range map[string]string{"Win": "Windows", "OSX": "MacOS", "mac": "MacOS", "Web Browser": "Web"} {
		if n, ok := PlatformByName(name); !ok || PlatformName(n) != want {
			t.Errorf("%s is %d, %v, want %s", name, n, ok, want)
		}
	}
}
