package api

import "time"

// date writes a time as RFC 2822 section 3.3 has it, in UTC, with the literal
// offset that Twilio's libraries insist on.
func date(t time.Time) string {
	return t.UTC().Format("Mon, 02 Jan 2006 15:04:05 +0000")
}

// orNull makes "" a JSON null.
func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// render renders each item. The result is never nil, so that it is never
// null.
func render[T, V any](items []T, view func(T) V) []V {
	views := make([]V, len(items))
	for i, item := range items {
		views[i] = view(item)
	}
	return views
}
