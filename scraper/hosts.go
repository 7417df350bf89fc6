package scraper

import (
	"context"

	"newsmill/storage"
)

// restoreHost brings back what an earlier run learned of a host.
func (r *run) restoreHost(ctx context.Context, host string) error {
	h, ok, err := r.db.Host(ctx, host)
	if err != nil {
		return err
	}
	if ok {
		if r.Again {
			h.RobotsExpiresAt = r.now() // read anew, as all else
		}
		h.NextFetchAt = h.NextFetchAt.Add(-r.setBack)
		r.robots.Restore(h)
		r.polite.Restore(h)
	}
	known, err := r.db.Shapes(ctx, host)
	if err != nil {
		return err
	}
	r.shapes.restore(known)
	learned, err := r.db.Parameters(ctx, host)
	r.parameters.restore(learned)
	return err
}

// hostState is what the run knows of a host, to be kept.
func (r *run) hostState(host string) *storage.HostState {
	h := &storage.HostState{Host: host}
	r.polite.Save(h)
	r.saved.save(r.robots, h)
	return h
}
