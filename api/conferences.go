package api

import (
	"context"

	"partyline/bridge"
)

func (s *server) listConferences(_ context.Context, x *exchange) (any, error) {
	q, err := readListQuery(x)
	if err != nil {
		return nil, err
	}
	f, err := q.conferenceFilter()
	if err != nil {
		return nil, err
	}
	self := x.dialect.link(x.account, "Conferences")
	page := cutPage(q, self, keep(s.bridge.Conferences(x.account), f), conferenceCursor)
	return conferencesPage{
		Conferences: render(page.items, x.dialect.conference),
		pageLinks:   page.links,
	}, nil
}

func (s *server) fetchConference(_ context.Context, x *exchange) (any, error) {
	c, err := s.bridge.Conference(x.account, x.conference)
	if err != nil {
		return nil, err
	}
	return x.dialect.conference(c), nil
}

func (s *server) updateConference(ctx context.Context, x *exchange) (any, error) {
	u, name, err := readUpdate(x, bindConference)
	if err != nil {
		return nil, err
	}
	if u == (bridge.ConferenceUpdate{}) {
		return s.fetchConference(ctx, x)
	}
	var c *bridge.ConferenceView
	repeated, err := s.once(ctx, x, name, func() (err error) {
		c, err = s.bridge.UpdateConference(ctx, x.account, x.conference, u)
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case repeated:
		return s.fetchConference(ctx, x)
	}
	return x.dialect.conference(c), nil
}

// conferenceView is a conference in both vendors' words, which are the same.
type conferenceView struct {
	SID                     string            `json:"sid"`
	AccountSID              string            `json:"account_sid"`
	APIVersion              string            `json:"api_version"`
	FriendlyName            string            `json:"friendly_name"`
	Region                  string            `json:"region"`
	Status                  string            `json:"status"`
	ReasonConferenceEnded   *string           `json:"reason_conference_ended"`
	CallSIDEndingConference *string           `json:"call_sid_ending_conference"`
	DateCreated             string            `json:"date_created"`
	DateUpdated             string            `json:"date_updated"`
	SubresourceURIs         map[string]string `json:"subresource_uris"`
	URI                     string            `json:"uri"`
}

// region stands where the vendors name a data centre.
const region = "local"

// conference renders a conference.
func (d *dialect) conference(c *bridge.ConferenceView) conferenceView {
	self := d.link(c.Account, "Conferences", c.ID)
	return conferenceView{
		SID:                     c.ID,
		AccountSID:              c.Account,
		APIVersion:              d.apiVersion,
		FriendlyName:            c.FriendlyName,
		Region:                  region,
		Status:                  string(c.Status),
		ReasonConferenceEnded:   orNull(string(c.EndReason)),
		CallSIDEndingConference: orNull(c.EndedBy),
		DateCreated:             date(c.Created),
		DateUpdated:             date(c.Updated),
		SubresourceURIs: map[string]string{
			"participants": self + "/Participants.json",
			"recordings":   self + "/Recordings.json",
		},
		URI: self + ".json",
	}
}
