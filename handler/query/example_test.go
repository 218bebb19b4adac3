package query_test

import (
	"fmt"
	"net/http/httptest"

	"github.com/labeltrail/labeltrail/handler/query"
	"github.com/labeltrail/labeltrail/handler/store"
)

// The handler serves the paths under /api/v1/ without a prefix to strip. An
// invalid request is rejected before storage is read.
func ExampleNew() {
	st, err := store.Open(store.Config{ConnectionString: "UseDevelopmentStorage=true", Tenant: tenant})
	if err != nil {
		fmt.Println(err)
		return
	}
	api, err := query.New(query.Config{
		Store: st, Tenant: tenant, Version: "1.2.3", ContentTypes: []string{"Audit.General"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	w := httptest.NewRecorder()
	api.ServeHTTP(w, httptest.NewRequest("GET", "/api/v1/events?resultSize=6000", nil))
	fmt.Println(w.Code, w.Body)
	// Output:
	// 400 {"error":{"code":"InvalidParameter","message":"resultSize: 6000 is not a whole number from 1 to 5000, the maximum for json","target":"resultSize"}}
}
