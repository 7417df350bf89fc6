package loosejson_test

import (
	"fmt"

	"newsmill/cleaner/loosejson"
)

func ExampleParse() {
	for _, v := range loosejson.Parse(`{headline: 'Ferry sails', "author": [{"name": "Ada Moss",},] // cut`) {
		fmt.Println(v.Get("headline").String(), "by", v.Get("author").First().Get("name").String())
		fmt.Printf("%q\n", v.Get("publisher").Get("name").String())
	}
	// Output:
	// Ferry sails by Ada Moss
	// ""
}
