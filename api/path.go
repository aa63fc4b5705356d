package api

import (
	"net/url"
	"strings"
	"unicode/utf8"
)

// resource is a kind of thing a path can name.
type resource int

const (
	nothing resource = iota
	conferenceList
	oneConference
	participantList
	oneParticipant
	participantMedia
	probe // /healthz or /readyz
)

// target is what a path under one of the API's prefixes names.
type target struct {
	dialect     *dialect
	account     string
	resource    resource
	conference  string // id or friendly name
	participant string // call id or label
}

// prefixes lead to the accounts.
var prefixes = []struct {
	path    string
	dialect *dialect
}{
	{"/v2/texml/Accounts/", telnyx},
	{"/texml/Accounts/", telnyx},
	{"/2010-04-01/Accounts/", twilio},
}

// parsePath reads a path that is still percent-encoded, so that an encoded
// slash stays part of a name. It reports false for a path outside the API. A
// path inside it that names nothing yields a target of nothing.
//
// Paths are taken as they stand: no dot segment is resolved, no empty segment
// dropped and no parameter after a semicolon cut off.
func parsePath(escaped string) (target, bool) {
	for _, p := range prefixes {
		if rest, ok := strings.CutPrefix(escaped, p.path); ok {
			t := parseAccountPath(rest)
			t.dialect = p.dialect
			return t, true
		}
	}
	return target{}, false
}

// parseAccountPath reads what follows the prefix: the account and its
// resource.
func parseAccountPath(rest string) target {
	names, ok := splitPath(rest)
	if !ok || len(names) < 2 || names[1] != "Conferences" {
		return target{}
	}
	t := target{account: names[0]}
	switch {
	case len(names) == 2:
		t.resource = conferenceList
	case len(names) == 3:
		t.resource, t.conference = oneConference, names[2]
	case len(names) == 4 && names[3] == "Participants":
		t.resource, t.conference = participantList, names[2]
	case len(names) == 5 && names[3] == "Participants":
		t.resource, t.conference, t.participant = oneParticipant, names[2], names[4]
	case len(names) == 6 && names[3] == "Participants" && names[5] == "Media":
		t.resource, t.conference, t.participant = participantMedia, names[2], names[4]
	}
	return t
}

// splitPath cuts a path into its decoded names, after dropping one ".json" at
// its end. A name that itself ends so can be reached with an encoded dot. It
// reports false when a name is empty, a dot segment or not UTF-8.
func splitPath(escaped string) ([]string, bool) {
	names := strings.Split(strings.TrimSuffix(escaped, ".json"), "/")
	for i, name := range names {
		plain, err := url.PathUnescape(name)
		if err != nil || plain == "" || plain == "." || plain == ".." || !utf8.ValidString(plain) {
			return nil, false
		}
		names[i] = plain
	}
	return names, true
}
