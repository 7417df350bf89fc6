package storage

import (
	"context"
	"strings"
	"testing"
	"time"
)

const (
	millText = `The council of Westmere has sold the old mill to a cooperative of bakers, who want to grind their own flour there from next autumn.

The price was four hundred thousand crowns, a third of what the town had asked for in spring, when nobody came to the auction.

“We have looked at the wheel, and it turns,” said Marta Ilvonen of the cooperative. The roof will be mended first, then the race.

The town keeps the right to use the yard on market days. Jonas Petrell, the mayor, called the sale a relief after nine winters of leaks.

Neighbours had asked for flats. A petition with six hundred names was handed over in May, but the building may not be changed by law.`
	otherText = `Passengers waited for three hours on Sunday night after a signal failed between Halden and the border, the railway said.

Two trains stood on the open line without heating. Volunteers from a nearby farm brought tea and blankets to carriages at the crossing.

The cause was a cable that martens had bitten through. Repairs were finished before dawn, and the early express ran almost on time.`
)

// TestRecheckKeepsGood: what a look at a stored article brings takes its place at once if it still speaks of the same, and waits
// for a second look a day later that agrees if it doesn't.
func TestRecheckKeepsGood(t *testing.T) {
	paragraphs := strings.Split(millText, "\n\n")
	for name, c := range map[string]struct {
		title, text string
		paywalled   bool
		isCut       bool
		want        DoubtReason // empty: a version at once
		never       bool        // not after a day, either
	}{
		"a word":                 {text: strings.Replace(millText, "nine winters", "ten winters", 1)},
		"a paragraph more":       {text: millText + "\n\nThe cooperative will open a shop in the yard, it said on Friday, and sell bread there three days a week."},
		"a third rewritten":      {text: strings.Join(paragraphs[:3], "\n\n") + "\n\nOn Friday the mayor said that the yard would be closed to cars. Nobody had parked there for years, the fire brigade answered.\n\nA court in Halden will hear the neighbours in June."},
		"a headline":             {title: "Bakers buy Westmere's mill", text: millText},
		"a paragraph less":       {text: strings.Join(append(append([]string{}, paragraphs[:1]...), paragraphs[2:]...), "\n\n")},
		"the last one less":      {text: strings.Join(paragraphs[:4], "\n\n")},
		"another article":        {title: "Trains stand still near Halden", text: otherText, want: DoubtOther},
		"the same headline":      {text: otherText, want: DoubtOther},
		"a notice":               {title: "We will be back soon", text: "Our site is being maintained. Please try again in an hour.", want: DoubtShorter},
		"the beginning":          {text: paragraphs[0], want: DoubtShorter},
		"for subscribers":        {text: strings.Join(paragraphs[:3], "\n\n"), paywalled: true, want: DoubtTeaser, never: true},
		"cut in the middle":      {text: millText[:len(millText)*4/5], isCut: true, want: DoubtCut},
		"cut, with a caption in": {text: strings.Join(paragraphs[:2], "\n\n") + "\n\nThe mill in May, before the auction.\n\n" + paragraphs[2] + "\n\n" + paragraphs[3], isCut: true, want: DoubtCut},
		"read as Latin-1":        {text: strings.NewReplacer("“", "â", "”", "â", "—", "â", "I", "Ã").Replace(millText), want: DoubtGarbled},
		"a quotation":            {text: strings.Replace(millText, "Neighbours", "«El puente aguantará», dijo, «la ciudad no se parará», «nadie se quedará», «llegará». Neighbours", 1)},
		"other teasers":          {text: strings.Join(paragraphs[:2], "\n\n") + "\n\nRead on for a crown a week.\n\nBallet of Halden opens its season with a premiere in an empty swimming pool.\n\nWhy gulls steal sandwiches: biologists followed them for a summer and counted.\n\nTrains on the coast line are cancelled until Thursday while a signal is mended.", want: DoubtCut},
		"the second page":        {text: strings.Join(paragraphs[3:], "\n\n"), want: DoubtShorter},
		"decoded wrongly":        {text: strings.NewReplacer("“", "â€œ", "”", "â€\u009d", "a", "Ã¤").Replace(millText), want: DoubtGarbled},
		"another language's own": {title: "磨坊出售", text: "市议会把旧磨坊卖给了面包师合作社，他们希望从明年秋天开始在那里磨自己的面粉。", want: DoubtShorter},
	} {
		t.Run(name, func(t *testing.T) {
			db, run := openTemp(t)
			const url = "https://post.example/2026/11/20/mill"
			look := func(at time.Time, title, text string) Stored {
				rec := page(url, title, text, at)
				rec.IsCut, rec.Cleaned.Article.Paywall.Closed = c.isCut, c.paywalled
				j, _, ok, err := db.JobOf(context.Background(), url)
				if err != nil {
					t.Fatal(err)
				}
				if ok {
					rec.Job = j
				}
				return put(t, db, run, rec)
			}
			if _, err := db.AddJobs(context.Background(), run, []Job{{URL: url, Host: "post.example", Source: "post.example", Kind: ArticleJob}}); err != nil {
				t.Fatal(err)
			}
			wasCut, wasPaywalled := c.isCut, c.paywalled
			c.isCut, c.paywalled = false, false
			look(noon, "The mill is sold", millText)
			c.isCut, c.paywalled = wasCut, wasPaywalled
			title := c.title
			if title == "" {
				title = "The mill is sold"
			}
			got := look(noon.Add(time.Hour), title, c.text)
			doubts, err := db.Doubts(context.Background(), 1)
			if err != nil {
				t.Fatal(err)
			}
			if c.want == "" {
				if got.Change != Changed || len(doubts) != 0 {
					t.Errorf("%s %v, want a version at once", got.Change, doubts)
				}
				return
			}
			if got.Change != Doubtful || len(doubts) != 1 || doubts[0].Reason != c.want || doubts[0].Text != c.text {
				t.Fatalf("%s %+v, want %s", got.Change, doubts, c.want)
			}
			if a, err := db.Article(context.Background(), 1); err != nil || a.Text != millText || a.Version != 1 {
				t.Errorf("the stored article is now version %d, %q %v", a.Version, a.Text, err)
			}
			if j, state, _, err := db.JobOf(context.Background(), url); err != nil || state != JobLater || j.Class != "stored" || j.DueAt.Sub(noon) > 3*time.Hour || j.ETag != "" {
				t.Errorf("the job is %s, %+v %v", state, j, err)
			}
			if got := look(noon.Add(20*time.Hour), title, c.text); got.Change != Doubtful {
				t.Errorf("after 19 hours: %s", got.Change)
			}
			got = look(noon.Add(26*time.Hour), title, c.text)
			if want := map[bool]Change{false: Changed, true: Doubtful}[c.never]; got.Change != want {
				t.Errorf("after a day: %s, want %s", got.Change, want)
			}
			if c.never {
				return
			}
			if _, err := db.Prune(context.Background(), run, PruneOptions{KeepVersions: 0}); err != nil {
				t.Fatal(err)
			}
			if h, err := db.History(context.Background(), 1); err != nil || len(h) != 2 || h[0].Text != millText {
				t.Errorf("after prune: %d versions, %v", len(h), err)
			}
		})
	}
}

// TestDoubtIsWithdrawn: when the article is there again, what came in between is of no importance, and a day later it begins anew.
func TestDoubtIsWithdrawn(t *testing.T) {
	db, run := openTemp(t)
	const url = "https://post.example/2026/11/20/mill"
	for i, text := range []string{millText, otherText, millText, otherText} {
		rec := page(url, "The mill is sold", text, noon.Add(time.Duration(i)*20*time.Hour))
		want := []Change{New, Doubtful, Unchanged, Doubtful}[i]
		if got := put(t, db, run, rec); got.Change != want {
			t.Errorf("look %d: %s, want %s", i, got.Change, want)
		}
	}
	doubts, err := db.Doubts(context.Background(), 1)
	if err != nil || len(doubts) != 2 || doubts[0].State != "withdrawn" || doubts[1].State != "open" {
		t.Errorf("%+v %v", doubts, err)
	}
}

// TestCountersMakeNoVersion: a number of readers that rises is no correction, one that died is.
func TestCountersMakeNoVersion(t *testing.T) {
	db, run := openTemp(t)
	const url = "https://post.example/2026/11/20/mill"
	for i, c := range []struct {
		line string
		want Change
	}{
		{"Просмотров: 1 024", New},
		{"Просмотров: 1 031", Updated},
		{"Просмотров: 987", Updated},
		{"Погибших: 12", Changed},
		{"Погибших: 14", Changed},
	} {
		rec := page(url, "The mill is sold", millText+"\n\n"+c.line, noon.Add(time.Duration(i)*time.Hour))
		if got := put(t, db, run, rec); got.Change != c.want {
			t.Errorf("%s: %s, want %s", c.line, got.Change, c.want)
		}
	}
}

// TestRollingAddress: an address that shows another article at each look is followed after three days, and the first one kept,
// however often it was looked at meanwhile.
func TestRollingAddress(t *testing.T) {
	for _, every := range []time.Duration{24 * time.Hour, 6 * time.Hour} {
		db, run := openTemp(t)
		const url = "https://post.example/briefing"
		put(t, db, run, page(url, "Morning briefing", millText, noon))
		for age := every; age <= every+otherDays; age += every {
			noun := string(rune('a'+age/every)) + "port"
			rec := page(url, "Morning briefing", strings.NewReplacer("e", noun, "a", noun[:2], "o", noun[:1]).Replace(otherText), noon.Add(age))
			want := Doubtful
			if age == every+otherDays {
				want = Changed
			}
			if got := put(t, db, run, rec); got.Change != want {
				t.Errorf("every %s, after %s: %s, want %s", every, age, got.Change, want)
			}
		}
		if _, err := db.Prune(context.Background(), run, PruneOptions{KeepVersions: 0}); err != nil {
			t.Fatal(err)
		}
		if h, err := db.History(context.Background(), 1); err != nil || len(h) != 2 || h[0].Text != millText {
			t.Errorf("%d versions, %v", len(h), err)
		}
	}
}

// TestWakeWhatIsAllowedNow: what an earlier run left out by its window or settings waits again for one that has others.
func TestWakeWhatIsAllowedNow(t *testing.T) {
	db, run := openTemp(t)
	ctx := context.Background()
	end := func(url, class, message string) {
		j := Job{URL: url, Host: "a.example", Source: "a", Kind: ArticleJob}
		if _, err := db.AddJobs(ctx, run, []Job{j}); err != nil {
			t.Fatal(err)
		}
		j, _, _, _ = db.JobOf(ctx, url)
		put(t, db, run, Record{Job: j, Ending: Ending{State: JobSkipped, Class: class, Message: message}})
	}
	end("https://a.example/old", "outside_window", "published 2026-11-01")
	end("https://a.example/new", "outside_window", "published 2026-11-20")
	end("https://a.example/private", "private_address", "no")
	waiting := func() string {
		all, err := texts(ctx, db.read, `SELECT substr(url, 19) FROM frontier WHERE state = 'waiting' ORDER BY url`)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(all, " ")
	}
	if err := db.WakeOutside(ctx, []string{"a"}, "outside_window", Window{Since: noon.Add(-10 * 24 * time.Hour)}); err != nil || waiting() != "new" {
		t.Errorf("%q %v", waiting(), err)
	}
	if err := db.WakeOutside(ctx, []string{"a"}, "outside_window", Window{}); err != nil || waiting() != "new old" {
		t.Errorf("%q %v", waiting(), err)
	}
	if err := db.WakeSkipped(ctx, []string{"a"}, "private_address"); err != nil || waiting() != "new old private" {
		t.Errorf("%q %v", waiting(), err)
	}
}

// TestStubGrows: the first lines of breaking news become the article at once, whatever is left of them.
func TestStubGrows(t *testing.T) {
	for name, c := range map[string]struct {
		title, text string
		want        Change
	}{
		"the article":     {"The mill is sold to a cooperative of bakers", millText, Changed},
		"another article": {"Trains stand still near Halden", otherText, Doubtful},
	} {
		db, run := openTemp(t)
		const url = "https://post.example/2026/11/20/mill"
		put(t, db, run, page(url, "Old mill of Westmere sold", "Breaking: the council of Westmere has sold the old mill to bakers. This is a developing story, more details follow here shortly.", noon))
		if got := put(t, db, run, page(url, c.title, c.text, noon.Add(time.Hour))); got.Change != c.want {
			t.Errorf("%s: %s, want %s", name, got.Change, c.want)
		}
	}
}

// TestLostLetters: a text whose letters beyond ASCII are gone was broken on its way.
func TestLostLetters(t *testing.T) {
	const text = "Der Hafenrat von Westmar hat am Dienstag beschlossen, den alten Fähranleger für die Fischer neu zu bauen. Über das Geld für die Brücke wird im März gestritten, sagte die Bürgermeisterin, die das Gebäude öffnen möchte. Gegner fürchten höhere Gebühren für Kähne."
	for name, broken := range map[string]string{
		"question marks": strings.NewReplacer("ä", "?", "ö", "?", "ü", "?", "Ü", "?").Replace(text),
		"dropped":        strings.NewReplacer("ä", "", "ö", "", "ü", "", "Ü", "").Replace(text),
		"escaped twice":  strings.NewReplacer("ä", "&auml;", "ö", "&ouml;", "ü", "&uuml;", "Ü", "&Uuml;").Replace(text),
	} {
		db, run := openTemp(t)
		const url = "https://post.example/2026/11/20/anleger"
		put(t, db, run, page(url, "Der Anleger wird neu", text, noon))
		if got := put(t, db, run, page(url, "Der Anleger wird neu", broken, noon.Add(time.Hour))); got.Change != Doubtful {
			t.Errorf("%s: %s", name, got.Change)
		}
	}
}
