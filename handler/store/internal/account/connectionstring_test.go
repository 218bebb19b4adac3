package account

import (
	"encoding/base64"
	"testing"
)

func TestParseConnectionString(t *testing.T) {
	key := base64.StdEncoding.EncodeToString([]byte("key"))
	const local = "127.0.0.1"
	for text, want := range map[string][2]string{
		"UseDevelopmentStorage=true":      {"http://127.0.0.1:10000/devstoreaccount1", "http://127.0.0.1:10002/devstoreaccount1"},
		" usedevelopmentstorage=TRUE; ":   {"http://127.0.0.1:10000/devstoreaccount1", "http://127.0.0.1:10002/devstoreaccount1"},
		"AccountName=a;AccountKey=" + key: {"https://a.blob.core.windows.net", "https://a.table.core.windows.net"},
		"DefaultEndpointsProtocol=https; AccountName=a ;;AccountKey=" + key + ";EndpointSuffix=core.usgovcloudapi.net;\n": {
			"https://a.blob.core.usgovcloudapi.net", "https://a.table.core.usgovcloudapi.net"},
		"accountname=a;accountkey=" + key + ";BLOBENDPOINT=http://" + local + ":1/a/;TableEndpoint=http://" + local + ":2/a": {
			"http://127.0.0.1:1/a", "http://127.0.0.1:2/a"},
		"AccountName=a;SharedAccessSignature=?sv=2022&sig=x%3D;EndpointSuffix=example.com": {
			"https://a.blob.example.com", "https://a.table.example.com"},
	} {
		c, err := parseConnectionString(text)
		if got := [2]string{c.blobURL, c.tableURL}; got != want || err != nil {
			t.Errorf("%s: %v, %v, want %v", text, got, err, want)
		}
		if _, err := Connect(Config{ConnectionString: text}); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}
