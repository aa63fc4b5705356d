package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"partyline/bridge"
)

func TestH24_OneEffect(t *testing.T) {
	c, b := newClient(t)
	body := "AnnounceUrl=http://e.x/a.wav&command_id=1"
	for range 3 {
		c.post(telnyxAlice, body).want(200).has("label", "alice")
	}
	c.post(twilioAlice, body).want(200) // the same participant under the other prefix
	c.send("POST", telnyxAlice, jsonType, `{"AnnounceUrl":"http://e.x/a.wav","Command_ID":"1"}`).want(200)
	if len(b.updates) != 1 {
		t.Errorf("%d effects", len(b.updates))
	}
	c.post(telnyxAlice, "AnnounceUrl=http://e.x/a.wav&command_id=2").want(200)
	c.post("/texml/Accounts/acct-1/Conferences/Room%201234/Participants/a.b", body).want(200)
	c.post(telnyxAlice, "AnnounceUrl=http://e.x/a.wav").want(200) // nameless ones always count
	c.post(telnyxAlice, "AnnounceUrl=http://e.x/a.wav&command_id=").want(200)
	if len(b.updates) != 5 {
		t.Errorf("%d effects", len(b.updates))
	}
	c.as(bearer(tokenA)).post("/texml/Accounts/"+sidA+"/Conferences/Room%201234/Participants/alice", body).want(200)
	if len(b.updates) != 6 {
		t.Error("an account's command counted as another's")
	}

	keyed := func(r *http.Request) { bearer(tokenB)(r); r.Header.Set("Idempotency-Key", "k") }
	for range 2 {
		c.as(keyed).post("/texml/Accounts/acct-1/Conferences/Room%201234", "AnnounceUrl=http://e.x/").want(200).has("sid", b.Conferences(sidB)[0].ID)
	}
	if len(b.ended) != 1 {
		t.Errorf("%d effects on the conference", len(b.ended))
	}
	c.send("POST", telnyxAlice, jsonType, `{"Muted":true,"command_id":[]}`).want(400)
}

// A command that failed may be sent again under its name.
func TestH24_FailureLeavesNoTrace(t *testing.T) {
	c, b := newClient(t)
	b.err = bridge.ErrBusy
	c.post(telnyxAlice, "Muted=true&command_id=1").want(503)
	b.err = nil
	c.post(telnyxAlice, "Muted=true&command_id=1").want(200).has("muted", true)
	c.post(telnyxAlice, "Muted=false&command_id=1").want(200).has("muted", true)
}

func TestRepeatsWaitForEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r repeats
		var all sync.WaitGroup
		var mu sync.Mutex
		runs, spared := 0, 0
		for range 10 {
			all.Go(func() {
				repeated, err := r.once(t.Context(), commandKey{1}, func() error {
					time.Sleep(20 * time.Millisecond)
					mu.Lock()
					defer mu.Unlock()
					if runs++; runs < 3 {
						return errors.New("not yet")
					}
					return nil
				})
				mu.Lock()
				defer mu.Unlock()
				if repeated && err == nil {
					spared++
				}
			})
		}
		all.Wait()
		if runs != 3 || spared != 7 {
			t.Errorf("ran %d times, spared %d", runs, spared)
		}

		slow := make(chan struct{})
		all.Go(func() { r.once(t.Context(), commandKey{2}, func() error { <-slow; return nil }) })
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := r.once(ctx, commandKey{2}, nil); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("waited on: %v", err)
		}
		close(slow)
		all.Wait()
	})
}

// A handler that panics does not block those that wait for it.
func TestRepeatsSurvivePanics(t *testing.T) {
	var r repeats
	func() {
		defer func() { recover() }()
		r.once(t.Context(), commandKey{1}, func() error { panic("ouch") })
	}()
	if repeated, err := r.once(t.Context(), commandKey{1}, func() error { return nil }); repeated || err != nil {
		t.Errorf("%v %v", repeated, err)
	}
}

func TestRepeatsAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r repeats
		run := func(n int) (repeated bool) {
			key := commandKey{}
			copy(key[:], fmt.Sprint(n))
			repeated, _ = r.once(t.Context(), key, func() error { return nil })
			return repeated
		}
		run(0)
		time.Sleep(rememberFor - time.Nanosecond)
		if !run(0) {
			t.Error("forgotten too early")
		}
		time.Sleep(time.Nanosecond)
		if run(0) {
			t.Error("remembered too long")
		}
		for n := range 3 * maxRemembered {
			run(n)
		}
		if len(r.known) > maxRemembered || len(r.order) > maxRemembered {
			t.Errorf("%d and %d remembered", len(r.known), len(r.order))
		}
		if !run(3*maxRemembered-1) || run(0) {
			t.Error("the wrong ones were forgotten")
		}
	})
}
