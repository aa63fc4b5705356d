package prompt

// keepBudget is how many samples all tracks that are kept from their beginning
// may have together: 128 MiB.
const keepBudget = 64 << 20

// keep counts n more samples of t against the budget. It lets go of the
// track's beginning when the track is too long or the budget is spent on
// tracks in use.
func (l *Library) keep(t *track, n int) {
	if t.root.Load() == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if t.kept+int64(n) > int64(samples(l.keepLimit, t.rate)) || !l.makeSpace(int64(n)) {
		l.unkeep(t)
		t.forget()
		return
	}
	t.kept += int64(n)
	l.kept += int64(n)
}

// unkeep takes t out of the account. The caller holds mu.
func (l *Library) unkeep(t *track) {
	l.kept -= t.kept
	t.kept = 0
}

// makeSpace makes space for n samples, at the expense of whole tracks that nobody
// listens to, the least recently used first. The caller holds mu.
func (l *Library) makeSpace(n int64) bool {
	for l.kept+n > keepBudget {
		var oldest *entry
		for _, e := range l.entries {
			if e.track != nil && e.track.users == 0 && e.track.whole() && (oldest == nil || e.used.Before(oldest.used)) {
				oldest = e
			}
		}
		if oldest == nil {
			return false
		}
		l.unkeep(oldest.track)
		oldest.track = nil
	}
	return true
}
