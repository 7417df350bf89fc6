package scraper

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"newsmill/scraper/fetch"
	"newsmill/storage"
)

func TestHostsAreSetAsideAsTheirAnswersAskFor(t *testing.T) {
	now := time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)
	fail := func(c Class, retryAfter time.Duration) fetch.Outcome {
		return fetch.Failed{Class: c, RetryAfter: retryAfter}
	}
	answer := func(took time.Duration) fetch.Outcome { return fetch.Fetched{Page: fetch.Page{Duration: took}} }
	second, none := pace{delay: time.Second, inFlight: 1}, pace{fixed: true, inFlight: 1}
	for name, c := range map[string]struct {
		pace pace
		host hostPace
		end  []fetch.Outcome
		want time.Duration // from the end of the last request to the next
		less int           // failures
	}{
		"a good answer":                        {second, hostPace{}, []fetch.Outcome{answer(100 * time.Millisecond)}, time.Second, 0},
		"no delay":                             {none, hostPace{}, []fetch.Outcome{answer(3 * time.Second)}, 50 * time.Millisecond, 0},
		"a slow host rests":                    {second, hostPace{}, []fetch.Outcome{answer(4 * time.Second)}, 4 * time.Second, 0},
		"a very slow host rests 10 s":          {second, hostPace{}, []fetch.Outcome{answer(time.Minute)}, 10 * time.Second, 0},
		"crawl-delay":                          {second, hostPace{crawlDelay: 7 * time.Second}, []fetch.Outcome{answer(0)}, 7 * time.Second, 0},
		"crawl-delay holds without delay, too": {none, hostPace{crawlDelay: 7 * time.Second}, []fetch.Outcome{answer(0)}, 7 * time.Second, 0},
		"crawl-delay of a day":                 {second, hostPace{crawlDelay: 24 * time.Hour}, []fetch.Outcome{answer(0)}, time.Minute, 0},
		"retry-after":                          {none, hostPace{}, []fetch.Outcome{fail(fetch.ClassHTTP5xx, 90*time.Second)}, 90 * time.Second, 1},
		"retry-after of a year":                {none, hostPace{}, []fetch.Outcome{fail(fetch.ClassRateLimited, 365*24*time.Hour)}, fetch.MaxRetryAfter, 1},
		"429 without":                          {none, hostPace{}, []fetch.Outcome{fail(fetch.ClassRateLimited, 0)}, 5 * time.Second, 1},
		"429 without, again":                   {none, hostPace{}, []fetch.Outcome{fail(fetch.ClassRateLimited, 0), fail(fetch.ClassRateLimited, 0)}, 10 * time.Second, 2},
		"404 is no trouble":                    {none, hostPace{failures: 4}, []fetch.Outcome{fail(fetch.ClassHTTP4xx, 0)}, 2 * time.Millisecond, 0},
		"four failures":                        {none, hostPace{failures: 3}, []fetch.Outcome{fail(fetch.ClassConnect, 0)}, time.Second, 4},
		"the fifth failure":                    {none, hostPace{failures: 4}, []fetch.Outcome{fail(fetch.ClassConnect, 0)}, time.Minute, 5},
		"the seventh failure":                  {none, hostPace{failures: 6}, []fetch.Outcome{fail(fetch.ClassConnect, 0)}, 4 * time.Minute, 7},
		"the hundredth failure":                {none, hostPace{failures: 99}, []fetch.Outcome{fail(fetch.ClassConnect, 0)}, maxBackoff, 100},
		"a good answer forgives":               {none, hostPace{failures: 99}, []fetch.Outcome{answer(0)}, 2 * time.Millisecond, 0},
		"our own end is no failure":            {none, hostPace{failures: 4}, []fetch.Outcome{fail(fetch.ClassCanceled, 0)}, 2 * time.Millisecond, 4},
	} {
		h := c.host
		for _, o := range c.end {
			h = c.pace.ended(c.pace.began(h, now, 0), now, o)
		}
		if got := h.nextAt.Sub(now); got != max(c.want, settling(0)) || h.failures != c.less || h.inFlight != 0 {
			t.Errorf("%s: next after %v with %d failures, want %v with %d", name, got, h.failures, c.want, c.less)
		}
	}
}

// What counts is when the host sees the requests: one that arrives late, over a new connection, moves the next.
func TestDelayCountsFromArrival(t *testing.T) {
	now := time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)
	p := pace{delay: time.Second, fixed: true, inFlight: 1}
	arrived := now.Add(300 * time.Millisecond)
	for _, o := range []fetch.Outcome{
		fetch.Fetched{Page: fetch.Page{FetchedAt: arrived}},
		fetch.NotModified{Page: fetch.Page{FetchedAt: arrived}},
		fetch.Redirected{Page: fetch.Page{FetchedAt: arrived}},
		fetch.Failed{Page: fetch.Page{FetchedAt: arrived}},
		fetch.Refused{Page: fetch.Page{FetchedAt: arrived}},
	} {
		h := p.ended(p.began(hostPace{}, now, 0), now.Add(400*time.Millisecond), o)
		if got := h.nextAt.Sub(arrived); got != time.Second {
			t.Errorf("%T: next %v after the arrival, want 1s", o, got)
		}
	}
}

func TestJitterOnlyAdds(t *testing.T) {
	now := time.Now()
	p := pace{delay: time.Second, inFlight: 1}
	for _, jitter := range []float64{0, 0.5, 1} {
		got := p.began(hostPace{}, now, jitter).nextAt.Sub(now)
		if want := time.Second + time.Duration(jitter*jitterShare*float64(time.Second)); got != want {
			t.Errorf("jitter %v: %v, want %v", jitter, got, want)
		}
	}
}

// Many workers want one host: starts are a delay apart, and one request is in flight.
func TestOneRequestAtATimeADelayApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewPoliteness(Options{Delay: 2 * time.Second})
		var mu sync.Mutex
		var starts []time.Time
		flying := 0
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if ok, _, err := p.Wait(context.Background(), "a.example", 0, time.Hour); !ok || err != nil {
					t.Errorf("no turn: %v", err)
					return
				}
				mu.Lock()
				starts = append(starts, time.Now())
				if flying++; flying > 1 {
					t.Error("two at once")
				}
				mu.Unlock()
				time.Sleep(300 * time.Millisecond)
				mu.Lock()
				flying--
				mu.Unlock()
				p.End("a.example", fetch.Fetched{Page: fetch.Page{Duration: 300 * time.Millisecond}})
			})
		}
		wg.Wait()
		for i := 1; i < len(starts); i++ {
			if gap := starts[i].Sub(starts[i-1]); gap < 2*time.Second || gap > 2100*time.Millisecond {
				t.Errorf("%v between starts %d and %d", gap, i-1, i)
			}
		}
	})
}

func TestWaitGivesUpOnAHostThatIsSetAside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewPoliteness(Options{DelaySet: true})
		p.Begin("a.example", 0)
		p.End("a.example", fetch.Failed{Class: fetch.ClassRateLimited, RetryAfter: time.Hour})
		ok, again, err := p.Wait(context.Background(), "a.example", 0, time.Minute)
		if ok || err != nil || time.Until(again) != time.Hour {
			t.Errorf("got %v, %v, %v", ok, again, err)
		}
		// Another run knows it, too.
		s := storage.HostState{Host: "a.example"}
		p.Save(&s)
		q := NewPoliteness(Options{DelaySet: true})
		q.Restore(s)
		if at, _ := q.ReadyAt("a.example"); time.Until(at) != time.Hour {
			t.Errorf("the next run may ask at %v", at)
		}
		ctx, cancel := context.WithCancel(context.Background())
		time.AfterFunc(time.Second, cancel)
		if ok, _, err := p.Wait(ctx, "a.example", 0, 2*time.Hour); ok || err == nil {
			t.Error("waits on after its context is done")
		}
	})
}

func TestSourcesOwnDelayHoldsForItsHosts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewPoliteness(Options{Delay: time.Second})
		p.Begin("a.example", 10*time.Second)
		p.End("a.example", fetch.NotModified{})
		if at, _ := p.ReadyAt("a.example"); time.Until(at) < 10*time.Second {
			t.Errorf("ready after %v", time.Until(at))
		}
	})
}

// A run that was killed may have asked a second before this one begins, and wrote nothing of it.
func TestDelayHoldsFromRunToRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewPoliteness(Options{})
		p.Begin("a.example", 0)
		p.End("a.example", fetch.Fetched{Page: fetch.Page{FetchedAt: time.Now().Add(300 * time.Millisecond)}})
		s := storage.HostState{Host: "a.example"}
		p.Save(&s)
		if got := time.Until(s.NextFetchAt); got < 1300*time.Millisecond || s.NextFetchAt.Nanosecond() != 0 {
			t.Errorf("kept: not before %v from now, which the database would cut to whole seconds", got)
		}
		s.NextFetchAt = time.Now().Add(-time.Hour)
		q := NewPoliteness(Options{})
		q.Restore(s)
		if at, _ := q.ReadyAt("a.example"); time.Until(at) != time.Second {
			t.Errorf("the next run may ask after %v, want 1s", time.Until(at))
		}
		none := NewPoliteness(Options{DelaySet: true})
		none.Restore(s)
		if at, _ := none.ReadyAt("a.example"); time.Until(at) > 0 {
			t.Errorf("without a delay, the next run may ask after %v", time.Until(at))
		}
	})
}
