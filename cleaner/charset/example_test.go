package charset_test

import (
	"fmt"

	"newsmill/cleaner/charset"
)

func ExampleDecode() {
	text, name, err := charset.Decode([]byte("<p>Die F\xe4hre zum S\xfcden f\xe4hrt wieder."), "text/html; charset=utf-8", false)
	fmt.Println(text, name, err)
	// Output: <p>Die Fähre zum Süden fährt wieder. windows-1252 <nil>
}
