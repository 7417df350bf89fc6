package langid_test

import (
	"fmt"

	"newsmill/cleaner/langid"
)

func ExampleDetect() {
	tag, sure := langid.Detect("Die Fähre zu den Inseln fährt ab Montag wieder, teilte das Hafenamt mit, nachdem sie den Winter im Dock verbracht hatte.", nil)
	fmt.Println(tag, sure)
	// Output: de false
}

func ExampleCanonical() {
	fmt.Println(langid.Canonical("DE_at"), langid.Canonical("zh-hant-tw"))
	// Output: de-AT zh-Hant-TW
}
