package nametext_test

import (
	"fmt"

	"newsmill/cleaner/nametext"
)

func ExamplePeople() {
	for _, p := range nametext.People("By Ada Moss and Ben Okafor, Political Correspondent", nametext.Guessed, "en") {
		fmt.Printf("%s, %q\n", p.Name, p.Role)
	}
	// Output:
	// Ada Moss, ""
	// Ben Okafor, "Political Correspondent"
}
