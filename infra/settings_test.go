package infra

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/labeltrail/labeltrail/handler/settings"
	"github.com/labeltrail/labeltrail/infra/infratest"
)

// appSettings returns the app settings and their expressions: those of
// main.bicep, then those of app.bicep.
func appSettings(t *testing.T) []infratest.Property {
	t.Helper()
	app := infratest.Find(files(t)["main.bicep"].Modules, "app")
	own := infratest.Find(files(t)["app.bicep"].Resources, "appSettings")
	if app == nil || own == nil {
		t.Fatal("no app, or no app settings")
	}
	return slices.Concat(app.Value.Property("params", "settings").Properties(), own.Value.Property("properties").Properties())
}

func appSetting(t *testing.T, name string) *infratest.Node {
	t.Helper()
	for _, p := range appSettings(t) {
		if p.Name == name {
			return p.Value
		}
	}
	t.Fatalf("no setting %s", name)
	return nil
}

// hostSettings are the settings that the Functions host reads, and the connection
// to the storage of the trail, which follows the host's convention.
var hostSettings = []string{
	"AzureWebJobsStorage__credential", "AzureWebJobsStorage__clientId", "AzureWebJobsStorage__blobServiceUri",
	"AzureWebJobsStorage__queueServiceUri", "AzureWebJobsStorage__tableServiceUri",
	"DataStorage__clientId", "DataStorage__blobServiceUri", "DataStorage__tableServiceUri",
	"APPLICATIONINSIGHTS_CONNECTION_STRING", "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
}

// The app gets exactly the settings that the handler and the host read.
func TestAppSettings(t *testing.T) {
	want := slices.Clone(hostSettings)
	for _, s := range settings.Table() {
		want = append(want, s.Name)
	}
	var got []string
	for _, p := range appSettings(t) {
		got = append(got, p.Name)
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("app settings (-want +got):\n%s", diff)
	}
}

// The defaults of the parameters equal those of the handler.
func TestParameterDefaults(t *testing.T) {
	main := files(t)["main.bicep"]
	for _, s := range settings.Table() {
		if s.Default == "" {
			continue
		}
		names := usedNames(&infratest.Node{Children: []*infratest.Node{appSetting(t, s.Name)}})
		param := infratest.Find(main.Params, names[len(names)-1])
		if param == nil || param.Value.Literal() != s.Default {
			t.Errorf("%s: default %q, want %q", s.Name, param.Value.Literal(), s.Default)
		}
		if !strings.HasPrefix(param.Decorators["description"].Literal(), s.Name+": ") {
			t.Errorf("%s: the description does not begin with the setting", param.Name)
		}
	}
}

// forbidden are the app settings, and then the properties of the site, that Flex
// Consumption rejects or ignores ("App settings reference for Azure Functions",
// Flex Consumption plan deprecations).
var forbidden = []string{
	"FUNCTIONS_WORKER_RUNTIME", "FUNCTIONS_WORKER_RUNTIME_VERSION", "FUNCTIONS_EXTENSION_VERSION", "FUNCTIONS_MAX_HTTP_CONCURRENCY",
	"FUNCTIONS_WORKER_PROCESS_COUNT", "FUNCTIONS_WORKER_DYNAMIC_CONCURRENCY_ENABLED", "ENABLE_ORYX_BUILD",
	"SCM_DO_BUILD_DURING_DEPLOYMENT", "WEBSITE_RUN_FROM_PACKAGE", "WEBSITE_CONTENTAZUREFILECONNECTIONSTRING", "WEBSITE_CONTENTSHARE",
	"WEBSITE_CONTENTOVERVNET", "WEBSITE_DNS_SERVER", "WEBSITE_MAX_DYNAMIC_APPLICATION_SCALE_OUT", "WEBSITE_NODE_DEFAULT_VERSION",
	"WEBSITE_SKIP_CONTENTSHARE_VALIDATION", "WEBSITE_VNET_ROUTE_ALL", "WEBSITE_MOUNT_ENABLED", "WEBSITE_USE_PLACEHOLDER_DOTNETISOLATED",
	"WEBSITE_TIME_ZONE", "TZ", "AzureWebJobsStorage",

	"alwaysOn", "containerSize", "ftpsState", "functionAppScaleLimit", "isReserved", "isXenon", "javaVersion", "linuxFxVersion",
	"netFrameworkVersion", "powerShellVersion", "preWarmedInstanceCount", "use32BitWorkerProcess", "vnetRouteAllEnabled", "windowsFxVersion",
}

func TestFlexConsumptionSettings(t *testing.T) {
	for _, f := range files(t) {
		for _, n := range f.Tree.All("object_property") {
			if name := strings.Trim(n.Children[0].Text, "'"); slices.Contains(forbidden, name) {
				t.Errorf("%s:%d: %s", f.Name, n.Line, name)
			}
		}
	}
}

func TestPlan(t *testing.T) {
	app := files(t)["app.bicep"]
	plan, site := infratest.Find(app.Resources, "plan"), infratest.Find(app.Resources, "site")
	for _, test := range []struct {
		at   *infratest.Declaration
		path []string
		want string
	}{
		{plan, []string{"sku", "name"}, "FC1"},
		{plan, []string{"sku", "tier"}, "FlexConsumption"},
		{plan, []string{"properties", "reserved"}, "true"},
		{site, []string{"kind"}, "functionapp,linux"},
		{site, []string{"properties", "httpsOnly"}, "true"},
		{site, []string{"properties", "functionAppConfig", "runtime", "name"}, "custom"},
		{site, []string{"properties", "functionAppConfig", "runtime", "version"}, "1.0"},
		{site, []string{"properties", "functionAppConfig", "deployment", "storage", "type"}, "blobContainer"},
		{site, []string{"properties", "functionAppConfig", "deployment", "storage", "authentication", "type"}, "UserAssignedIdentity"},
	} {
		if got := test.at.Value.Property(test.path...).Literal(); got != test.want {
			t.Errorf("%s %s is %q, want %q", test.at.Name, strings.Join(test.path, "."), got, test.want)
		}
	}
}
