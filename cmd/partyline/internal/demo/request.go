package demo

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// action is one thing a step does.
type action func(ctx context.Context, s *stage) error

// dials lets phones call in, one after the other.
func dials(names ...string) action {
	return func(ctx context.Context, s *stage) error {
		for _, name := range names {
			if err := s.call(ctx, name); err != nil {
				return err
			}
		}
		return nil
	}
}

// hangsUp lets a phone hang up.
func hangsUp(name string) action {
	return func(ctx context.Context, s *stage) error { return s.calls[name].Hangup(ctx) }
}

// updates changes a participant. The parameters are a form, written plainly:
// a value that names a file of the website becomes its URL.
func updates(name, parameters string) action {
	return func(ctx context.Context, s *stage) error {
		return s.request(ctx, http.MethodPost, "/Participants/"+name, s.form(parameters))
	}
}

// updatesConference changes the conference.
func updatesConference(parameters string) action {
	return func(ctx context.Context, s *stage) error {
		return s.request(ctx, http.MethodPost, "", s.form(parameters))
	}
}

// removes deletes a participant.
func removes(name string) action {
	return func(ctx context.Context, s *stage) error {
		return s.request(ctx, http.MethodDelete, "/Participants/"+name, nil)
	}
}

// form reads "Hold=true HoldUrl=hold.wav".
func (s *stage) form(parameters string) url.Values {
	form := url.Values{}
	for _, p := range strings.Fields(parameters) {
		key, value, _ := strings.Cut(p, "=")
		if strings.HasSuffix(value, ".wav") || strings.HasSuffix(value, ".xml") {
			value = s.webURL + value
		}
		form.Set(key, value)
	}
	return form
}

// request makes one request about the conference and wants it granted.
func (s *stage) request(ctx context.Context, method, path string, form url.Values) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	account := s.app.Account()
	target := fmt.Sprintf("http://%s/v2/texml/Accounts/%s/Conferences/%s%s", s.app.HTTPAddr(), account.SID, conference, path)
	r, err := http.NewRequestWithContext(ctx, method, target, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Authorization", "Bearer "+account.Token)
	res, err := s.client.Do(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("%s: %s", res.Status, body)
	}
	return nil
}

// nothing lets time pass.
func nothing(context.Context, *stage) error { return nil }

// both does one thing after the other.
func both(first, second action) action {
	return func(ctx context.Context, s *stage) error {
		if err := first(ctx, s); err != nil {
			return err
		}
		return second(ctx, s)
	}
}
