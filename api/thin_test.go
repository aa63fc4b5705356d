package api

import "testing"

func TestMutedOnBothPrefixes(t *testing.T) {
	for _, base := range []string{"/texml/Accounts/", "/v2/texml/Accounts/", "/2010-04-01/Accounts/"} {
		for _, suffix := range []string{"", ".json"} {
			c, _ := newClient(t)
			path := base + sidB + "/Conferences/Room%201234/Participants/alice" + suffix
			c.post(path, "Muted=true").want(200).has("muted", true)
			c.get(path).want(200).has("muted", true).has("label", "alice")
		}
	}
}
