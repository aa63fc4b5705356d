package api

import (
	"strings"
	"time"

	"partyline/bridge"
)

// filter says whether an item belongs in a list.
type filter[T any] func(T) bool

// keep returns the items all filters want, in a slice of its own.
func keep[T any](items []T, filters []filter[T]) []T {
	var kept []T
	for _, item := range items {
		if wanted(item, filters) {
			kept = append(kept, item)
		}
	}
	return kept
}

func wanted[T any](item T, filters []filter[T]) bool {
	for _, f := range filters {
		if !f(item) {
			return false
		}
	}
	return true
}

// conferenceFilter reads FriendlyName, Status, DateCreated and DateUpdated.
func (q *listQuery) conferenceFilter() ([]filter[*bridge.ConferenceView], error) {
	var all []filter[*bridge.ConferenceView]
	b := &binder{params: q.params}
	if name := b.text("FriendlyName"); name != nil {
		q.kept.Set("FriendlyName", *name)
		all = append(all, func(c *bridge.ConferenceView) bool { return c.FriendlyName == *name })
	}
	if status := b.word("Status", "init", "in-progress", "completed"); status != "" {
		q.kept.Set("Status", status)
		all = append(all, func(c *bridge.ConferenceView) bool { return string(c.Status) == status })
	}
	for _, f := range q.dateFilters(b, "DateCreated") {
		all = append(all, func(c *bridge.ConferenceView) bool { return f(c.Created) })
	}
	for _, f := range q.dateFilters(b, "DateUpdated") {
		all = append(all, func(c *bridge.ConferenceView) bool { return f(c.Updated) })
	}
	if b.err != nil {
		return nil, b.err
	}
	return all, nil
}

// participantFilter reads Muted, Hold and Coaching.
func (q *listQuery) participantFilter() ([]filter[*bridge.ParticipantView], error) {
	var all []filter[*bridge.ParticipantView]
	b := &binder{params: q.params}
	for _, state := range []struct {
		name string
		of   func(*bridge.ParticipantView) bool
	}{
		{"Muted", func(p *bridge.ParticipantView) bool { return p.Muted }},
		{"Hold", func(p *bridge.ParticipantView) bool { return p.Hold }},
		{"Coaching", func(p *bridge.ParticipantView) bool { return p.Coaching }},
	} {
		if want := b.boolean(state.name); want != nil {
			q.kept.Set(state.name, strings.ToLower(*b.text(state.name)))
			all = append(all, func(p *bridge.ParticipantView) bool { return state.of(p) == *want })
		}
	}
	if b.err != nil {
		return nil, b.err
	}
	return all, nil
}

// dateFilters reads the four spellings of a date filter: NAME=DATE for one
// day, NAME=>=DATE with any operator in the value, as Telnyx has it, and keys
// that end in > or <, which is how Twilio's NAME>=DATE arrives and so includes
// the date itself.
func (q *listQuery) dateFilters(b *binder, name string) []filter[time.Time] {
	var all []filter[time.Time]
	for _, key := range []string{"", ">", "<", ">=", "<="} {
		text := b.text(name + key)
		if text == nil {
			continue
		}
		q.kept.Set(name+key, *text)
		operator, value := cutOperator(*text)
		if key != "" {
			operator = key[:1] + "="
		}
		f := dateFilter(operator, value)
		if f == nil {
			b.fail(valueProblem(name, "must be a date like 2006-01-02 or a time like 2006-01-02T15:04:05Z"))
			continue
		}
		all = append(all, f)
	}
	return all
}

// cutOperator splits the operator off a date filter's value, "=" when it has
// none.
func cutOperator(text string) (operator, value string) {
	for _, operator := range []string{">=", "<=", ">", "<", "="} {
		if value, ok := strings.CutPrefix(text, operator); ok {
			return operator, value
		}
	}
	return "=", text
}

// dateFilter compares with the whole day of a date in UTC, or with a time to
// the second. It returns nil when the value is neither.
func dateFilter(operator, value string) filter[time.Time] {
	first, err := time.Parse(time.DateOnly, value)
	next := first.AddDate(0, 0, 1)
	if err != nil {
		if first, err = time.Parse(time.RFC3339, value); err != nil {
			return nil
		}
		next = first.Add(time.Second)
	}
	switch operator {
	case ">=":
		return func(t time.Time) bool { return !t.Before(first) }
	case "<=":
		return func(t time.Time) bool { return t.Before(next) }
	case ">":
		return func(t time.Time) bool { return !t.Before(next) }
	case "<":
		return func(t time.Time) bool { return t.Before(first) }
	}
	return func(t time.Time) bool { return !t.Before(first) && t.Before(next) }
}
