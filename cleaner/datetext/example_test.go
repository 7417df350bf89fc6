package datetext_test

import (
	"fmt"

	"newsmill/cleaner/datetext"
)

func ExampleReader_Parse() {
	for _, text := range []string{"Dienstag, 5. März 2024, 10:30 Uhr", "2024年3月5日 午後3時04分", "March 2024"} {
		m, ok := datetext.Reader{}.Parse(text)
		fmt.Println(m, ok)
	}
	// Output:
	// 2024-03-05T10:30:00 true
	// 2024-03-05T15:04:00 true
	//  false
}
