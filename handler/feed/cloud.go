package feed

import (
	"net/url"
	"strings"
)

// A Cloud is one of the national clouds in which the API is offered.
type Cloud struct {
	Name             string
	Root             *url.URL // scheme and host of the API; as a string, the audience of its tokens
	Login            *url.URL // scheme and host of the Microsoft Entra login endpoint
	ExchangeAudience string   // audience of a managed identity's token that stands for an application's secret
}

const (
	exchangeGlobal = "api://AzureADTokenExchange"
	exchangeUSGov  = "api://AzureADTokenExchangeUSGov"
)

// Clouds returns the clouds known. Their hosts are those of "Office 365
// Management Activity API reference" and "National clouds".
func Clouds() []Cloud {
	return []Cloud{
		newCloud("enterprise", "manage.office.com", "login.microsoftonline.com", exchangeGlobal),
		newCloud("gcc", "manage-gcc.office.com", "login.microsoftonline.com", exchangeGlobal),
		newCloud("gcchigh", "manage.office365.us", "login.microsoftonline.us", exchangeUSGov),
		newCloud("dod", "manage.protection.apps.mil", "login.microsoftonline.us", exchangeUSGov),
	}
}

func newCloud(name, root, login, exchange string) Cloud {
	return Cloud{
		Name:             name,
		Root:             &url.URL{Scheme: "https", Host: root},
		Login:            &url.URL{Scheme: "https", Host: login},
		ExchangeAudience: exchange,
	}
}

// CloudByName returns the cloud of that name, in whatever case it is written.
func CloudByName(name string) (Cloud, bool) {
	for _, c := range Clouds() {
		if strings.EqualFold(c.Name, name) {
			return c, true
		}
	}
	return Cloud{}, false
}
