package storage

import (
	"testing"
	"time"
)

// TestSourcesThatAnswered: neither a redirect alone nor what can't be read is an answer, for the outcome of a run and for the time of
// a source's last answer alike.
func TestSourcesThatAnswered(t *testing.T) {
	db, _ := openTemp(t)
	ctx := t.Context()
	sources := []string{"broken.example", "moved.example", "well.example"}
	run, err := db.StartRun(ctx, Run{Command: crawlCommand, Sources: sources, StartedAt: noon})
	if err != nil {
		t.Fatal(err)
	}
	for source, end := range map[string]func(*Record){
		"well.example":   func(*Record) {},
		"moved.example":  func(r *Record) { r.Fetch.Status, r.Ending = 301, Ending{State: JobDone, Class: "redirected"} },
		"broken.example": func(r *Record) { r.Ending = Ending{State: JobFailed, Class: "bad_feed"} },
	} {
		rec := page("https://"+source+"/feed", "T", "Text of "+source, noon)
		if _, err := db.AddJobs(ctx, run, []Job{{URL: rec.Job.URL, Host: source, Source: source, Kind: FeedJob}}); err != nil {
			t.Fatal(err)
		}
		if rec.Job, _, _, err = db.JobOf(ctx, rec.Job.URL); err != nil {
			t.Fatal(err)
		}
		end(&rec)
		put(t, db, run, rec)
	}
	out, err := db.RunOutcome(ctx, run, sources, func(JobKind, string) bool { return true })
	if err != nil || out.Pages != 2 || out.Failed != 1 || out.Nothing {
		t.Errorf("%+v %v", out, err)
	}
	if err := db.FinishRun(ctx, run, 1, noon.Add(time.Minute), RunCounts{}); err != nil {
		t.Fatal(err)
	}
	health, err := db.SourceHealth(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range health {
		if h.Requests != 1 || h.AnsweredAt.IsZero() != (h.Source != "well.example") {
			t.Errorf("%+v", h)
		}
	}
	if len(health) != len(sources) {
		t.Errorf("%d sources", len(health))
	}
}
