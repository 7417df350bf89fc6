package cleaner

import "testing"

func TestCaptionParts(t *testing.T) {
	for _, c := range []struct{ text, caption, credit string }{
		{"A ferry leaves the harbour, April 9, 2026. /CWP", "A ferry leaves the harbour, April 9, 2026.", "CWP"},
		{"The fleet in port (Photo by A. Bee/Getty Images)", "The fleet in port", "A. Bee/Getty Images"},
		{"The fleet in port. (AP Photo/Ann Bee)", "The fleet in port.", "AP Photo/Ann Bee"},
		{"The fleet in port (second from left)", "The fleet in port (second from left)", ""},
		{"Unter dem Glasdach wächst Moos. Foto: Henrike Saß", "Unter dem Glasdach wächst Moos.", "Henrike Saß"},
		{"Spiel im Moskauer Luschniki-StadionBild: Pavel Orlow/dpa/picture alliance", "Spiel im Moskauer Luschniki-Stadion", "Pavel Orlow/dpa/picture alliance"},
		{"Die Brücke bei Nacht © IMAGO/Zach", "Die Brücke bei Nacht", "IMAGO/Zach"},
		{"Il sindaco in piazza. Foto Mario Verdi", "Il sindaco in piazza.", "Mario Verdi"},
		{"Most waży 640 ton. Fot. Iga Pazdro", "Most waży 640 ton.", "Iga Pazdro"},
		{"Зал ожидания после ремонта. Фото: Егор Лапин, «Лесной край»", "Зал ожидания после ремонта.", "Егор Лапин, «Лесной край»"},
		{"4月20日，工人在青溪步行桥上安装护栏。韩牧之 摄", "4月20日，工人在青溪步行桥上安装护栏。", "韩牧之"},
		{"営業を終える旅館＝海辺市本町で、岬壮太撮影", "営業を終える旅館＝海辺市本町で", "岬壮太"},
		{"해송시가 도입할 전기버스. 해송시 제공", "해송시가 도입할 전기버스.", "해송시"},
		{"الحافلة أمام مدرسة عين الصفا. (تصوير: رنا شاهين)", "الحافلة أمام مدرسة عين الصفا.", "رنا شاهين"},
		{"The pier after the storm. REUTERS/Ann Bee", "The pier after the storm.", "REUTERS/Ann Bee"},
		{"The pier after the storm. Nobody was hurt.", "The pier after the storm. Nobody was hurt.", ""},
		{"The score was 3: 2 to the guests", "The score was 3: 2 to the guests", ""},
		{"The slide shows the plan. Photo by Ann Bee /Post News", "The slide shows the plan.", "Ann Bee/Post News"},
		{"The slide shows the plan. Photo by Ann Bee", "The slide shows the plan.", "Ann Bee"},
		{"The lobby after the works. Supplied", "The lobby after the works.", "Supplied"},
		{"It was hot in the capital that day.The Associated Press", "It was hot in the capital that day.", "The Associated Press"},
		{"The council sits on Monday. - Copyright Ann Bee/Copyright 2026 The AP. All rights reserved.", "The council sits on Monday.", "Ann Bee/Copyright 2026 The AP"},
		{"Rauch über Häusern. Foto: Anett Seidler | Anett Seidler", "Rauch über Häusern.", "Anett Seidler"},
		{"Photo: Ann Bee", "", "Ann Bee"},
		{"Getty Images", "", "Getty Images"},
		{"In the picture: the mayor and her dog", "In the picture: the mayor and her dog", ""},
		{"", "", ""},
	} {
		if caption, credit := captionParts(c.text); caption != c.caption || credit != c.credit {
			t.Errorf("%q is %q by %q, want %q by %q", c.text, caption, credit, c.caption, c.credit)
		}
	}
}

func TestLargestOfSrcset(t *testing.T) {
	for set, want := range map[string]string{
		"a.jpg 320w, b.jpg 1280w, c.jpg 640w":     "b.jpg",
		"a.jpg, b.jpg 2x":                         "b.jpg",
		"a,b.jpg 1x,c.jpg 3x":                     "c.jpg",
		"data:image/gif;base64,AAAA 1w, b.jpg 2w": "b.jpg",
		"":         "",
		" , ,":     "",
		"a.jpg":    "a.jpg",
		"a.jpg xw": "a.jpg",
	} {
		if got := largestOf(set); got != want {
			t.Errorf("largest of %q is %q, want %q", set, got, want)
		}
	}
}
