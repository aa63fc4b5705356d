package bridge

import (
	"cmp"
	"slices"
	"time"
)

// How many completed conferences stay visible, per account, and how long.
const (
	keepCompleted    = 1000
	keepCompletedFor = 24 * time.Hour
)

// registry finds conferences by account and id or name. It is guarded by
// Bridge.mu and never touched by a tick.
type registry struct {
	accounts map[string]*tenancy
}

// tenancy is what one account owns.
type tenancy struct {
	byName map[string]*conference // the newest of each name
	byID   map[string]*conference
	done   []*ConferenceView // completed, oldest first
}

func newRegistry() registry { return registry{accounts: map[string]*tenancy{}} }

func (r *registry) tenancy(account string) *tenancy {
	t := r.accounts[account]
	if t == nil {
		t = &tenancy{byName: map[string]*conference{}, byID: map[string]*conference{}}
		r.accounts[account] = t
	}
	return t
}

// live returns the account's conference of that name unless it has ended.
func (r *registry) live(account, name string) *conference {
	c := r.tenancy(account).byName[name]
	if c == nil || c.view.Load().Status == StatusCompleted {
		return nil
	}
	return c
}

func (r *registry) add(c *conference) {
	t := r.tenancy(c.account)
	t.byName[c.name] = c
	t.byID[c.id] = c
}

// retire keeps the last picture of a conference that has ended.
func (r *registry) retire(c *conference, now time.Time) {
	t := r.tenancy(c.account)
	delete(t.byID, c.id)
	if t.byName[c.name] == c {
		delete(t.byName, c.name)
	}
	t.done = append(t.done, c.view.Load())
	old := 0
	for old < len(t.done) && (len(t.done)-old > keepCompleted || now.Sub(t.done[old].Updated) > keepCompletedFor) {
		old++
	}
	t.done = slices.Delete(t.done, 0, old)
}

func (r *registry) conferences() []*conference {
	var all []*conference
	for _, t := range r.accounts {
		for _, c := range t.byID {
			all = append(all, c)
		}
	}
	return all
}

// views lists the account's conferences, the newest first.
func (r *registry) views(account string) []*ConferenceView {
	t := r.accounts[account]
	if t == nil {
		return nil
	}
	all := slices.Clone(t.done)
	for _, c := range t.byID {
		all = append(all, c.view.Load())
	}
	slices.SortStableFunc(all, func(a, b *ConferenceView) int {
		if n := b.Created.Compare(a.Created); n != 0 {
			return n
		}
		return cmp.Compare(b.ID, a.ID)
	})
	return all
}

// find resolves a reference: an id first, then the name of a live conference,
// then the name of the newest completed one. The conference is nil when only
// its last picture is left.
func (r *registry) find(account, ref string) (*conference, *ConferenceView) {
	t := r.accounts[account]
	if t == nil {
		return nil, nil
	}
	if c := t.byID[ref]; c != nil {
		return c, c.view.Load()
	}
	for _, v := range t.done {
		if v.ID == ref {
			return nil, v
		}
	}
	if c := t.byName[ref]; c != nil {
		return c, c.view.Load()
	}
	for _, v := range slices.Backward(t.done) {
		if v.FriendlyName == ref {
			return nil, v
		}
	}
	return nil, nil
}
