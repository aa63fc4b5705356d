package api

import (
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"partyline/bridge"
	"partyline/bridge/prompt"
	"partyline/media"
	"partyline/media/netsim"
)

// stage is a real bridge in virtual time, its API, and calls over a simulated
// network.
type stage struct {
	*client
	bridge *bridge.Bridge
	calls  map[string]*hangups // by label
	parts  map[string]*bridge.Participant
	net    *netsim.Network
}

// hangups are the reasons for which the bridge hung a call up.
type hangups struct {
	mu      sync.Mutex
	reasons []bridge.LeaveReason
}

func (h *hangups) Hangup(r bridge.LeaveReason) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.reasons = append(h.reasons, r)
}

func (h *hangups) all() []bridge.LeaveReason {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.reasons
}

// onStage runs a test with a client of account B in a bubble.
func onStage(t *testing.T, test func(t *testing.T, s *stage)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		quiet := slog.New(slog.DiscardHandler)
		s := &stage{calls: map[string]*hangups{}, parts: map[string]*bridge.Participant{}, net: netsim.New(time.Now, 1)}
		prompts := prompt.New(prompt.Options{Log: quiet})
		defer prompts.Close()
		var err error
		s.bridge, err = bridge.New(bridge.Config{Network: s.net, Prompts: prompts, Log: quiet, Clocks: 1})
		if err != nil {
			t.Fatal(err)
		}
		defer s.bridge.Close()
		s.client = &client{t, New(Options{Bridge: s.bridge, Accounts: twoAccounts}), bearer(tokenB)}
		test(t, s)
	})
}

// join brings a call that is not yet acknowledged into account B's conference.
func (s *stage) join(account, conference, label string) *bridge.Participant {
	s.t.Helper()
	leg, err := s.bridge.OpenLeg()
	if err != nil {
		s.t.Fatal(err)
	}
	options := bridge.DefaultStartOptions()
	options.Label = label
	phone := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 1, 0, byte(len(s.calls))}), 4000)
	s.calls[label] = &hangups{}
	p, err := s.bridge.Join(s.t.Context(), bridge.JoinRequest{
		Account: account, Conference: conference, From: "sip:" + label + "@phones", To: "sip:" + conference + "@bridge",
		SIPCallID: label + "-call", Direction: "inbound", Options: options, Leg: leg,
		Media: netsim.NewPhone(s.net, phone, media.PCMU, nil).Params(), Call: s.calls[label],
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.parts[label] = p
	return p
}

// enter brings acknowledged calls into a conference of account B.
func (s *stage) enter(conference string, labels ...string) {
	s.t.Helper()
	for _, label := range labels {
		s.join(sidB, conference, label).Acknowledge()
	}
	s.pass(100 * time.Millisecond)
}

// pass lets virtual time go by.
func (s *stage) pass(d time.Duration) { time.Sleep(d) }

const sales = "/v2/texml/Accounts/acct-1/Conferences/sales"

func TestLiveUpdate(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		s.enter("sales", "alice", "bob")
		s.get(sales).want(200).has("status", "in-progress").has("friendly_name", "sales")
		a := s.get(sales+"/Participants/alice").want(200).has("status", "connected").has("codec", "PCMU").has("muted", false)
		a.has("from", "sip:alice@phones").has("sip_call_id", "alice-call").has("direction", "inbound")
		id, conference := a.body["call_sid"].(string), a.body["conference_sid"].(string)
		if len(id) != 34 || id[:2] != "CA" || len(conference) != 34 || conference[:2] != "CF" {
			t.Errorf("ids %s and %s", id, conference)
		}
		start := time.Now()
		s.post("/2010-04-01/Accounts/acct-1/Conferences/"+conference+"/Participants/"+id+".json", "Muted=true&Hold=true&BeepOnExit=false").
			want(200).has("muted", true).has("hold", true).has("beep_on_exit", false)
		if took := time.Since(start); took > 40*time.Millisecond {
			t.Errorf("a 200 after %v", took)
		}
		s.get(sales+"/Participants/"+id).want(200).has("muted", true).has("hold", true)
		s.get(sales+"/Participants/bob").want(200).has("muted", false).has("hold", false)
		if got := s.get(sales + "/Participants?Muted=true").names(); got != "alice" {
			t.Errorf("muted: %s", got)
		}
		if got := s.get(sales + "/Participants").names(); got != "alice bob" {
			t.Errorf("there: %s", got)
		}
	})
}

func TestH11_LiveCoachingMistakes(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		s.enter("sales", "agent", "boss", "held")
		s.enter("other", "stranger")
		stranger := s.parts["stranger"].ID()
		s.post(sales+"/Participants/held", "Hold=true").want(200)
		const boss = "/2010-04-01/Accounts/acct-1/Conferences/sales/Participants/boss.json"
		for body, code := range map[string]float64{
			"Coaching=true":                              16028,
			"Coaching=true&CallSidToCoach=":              16028,
			"CallSidToCoach=":                            16028,
			"Coaching=true&CallSidToCoach=boss":          16028,
			"CallSidToCoach=CA1":                         16028,
			"CallSidToCoach=" + stranger:                 16028,
			"CallSidToCoach=held":                        16027,
			"CallSidToCoach=nobody&Muted=true&Hold=true": 16028,
		} {
			s.post(boss, body).want(422).has("code", code)
			s.get(boss).want(200).has("coaching", false).has("call_sid_to_coach", nil).has("muted", false).has("hold", false)
		}
		s.post(boss, "CallSidToCoach=agent").want(200).has("coaching", true).has("call_sid_to_coach", s.parts["agent"].ID())
		s.post(sales+"/Participants/agent", "CallSidToCoach=boss").want(422)
		s.post(boss, "Coaching=false&CallSidToCoach=").want(200).has("coaching", false).has("call_sid_to_coach", nil)
	})
}

func TestH12_LiveCoacheeLeaves(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		s.enter("sales", "agent", "boss", "customer")
		s.post(sales+"/Participants/boss", "CallSidToCoach=agent").want(200).has("coaching", true)
		s.send("DELETE", sales+"/Participants/agent", "", "").want(204)
		s.get(sales+"/Participants/boss").want(200).has("coaching", true).has("coaching_call_sid", nil)
	})
}

func TestH18_LiveRemove(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		s.enter("sales", "alice", "bob")
		s.send("DELETE", sales+"/Participants/alice", "", "").want(204)
		s.send("DELETE", sales+"/Participants/alice", "", "").want(404)
		s.get(sales + "/Participants/alice").want(404)
		s.post(sales+"/Participants/alice", "Muted=true").want(404)
		s.pass(time.Second)
		if got := s.calls["alice"].all(); len(got) != 1 || got[0] != bridge.Removed {
			t.Errorf("hung up: %v", got)
		}
		if got := s.calls["bob"].all(); len(got) != 0 {
			t.Errorf("the one who stays was hung up: %v", got)
		}
	})
}

func TestH20_LiveConcurrentMutes(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		s.enter("sales", "alice")
		var mu sync.Mutex
		var last *reply
		var all sync.WaitGroup
		for i := range 100 {
			all.Go(func() {
				time.Sleep(time.Duration(i*7%50) * time.Millisecond)
				body := []string{"Muted=true", "Muted=false"}[i%2]
				a := s.post(sales+"/Participants/alice", body)
				mu.Lock()
				defer mu.Unlock()
				if last = a; a.code != 200 {
					t.Errorf("status %d", a.code)
				}
			})
		}
		all.Wait()
		s.get(sales+"/Participants/alice").want(200).has("muted", last.body["muted"])
	})
}

// A thousand updates a second are all carried out, each within a tick.
func TestH22_LiveManyUpdates(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		s.enter("sales", "alice", "bob", "carol")
		var all sync.WaitGroup
		for i := range 1000 {
			all.Go(func() {
				time.Sleep(time.Duration(i) * time.Millisecond)
				start := time.Now()
				label := []string{"alice", "bob", "carol"}[i%3]
				a := s.post(sales+"/Participants/"+label, []string{"Muted=true&Hold=false", "Muted=false&Hold=true"}[i%2])
				if took := time.Since(start); a.code != 200 || took > 20*time.Millisecond {
					t.Errorf("update %d: %d after %v", i, a.code, took)
				}
			})
		}
		all.Wait()
	})
}

func TestH21_LiveUnacknowledged(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		p := s.join(sidB, "sales", "alice")
		s.pass(100 * time.Millisecond)
		s.get(sales+"/Participants/alice").want(200).has("status", "connecting")
		s.post(sales+"/Participants/alice", "Muted=true").want(200).has("muted", true)
		p.Acknowledge()
		s.pass(100 * time.Millisecond)
		s.get(sales+"/Participants/alice").want(200).has("status", "connected").has("muted", true)
	})
}

func TestH25_LiveCompleted(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		s.enter("sales", "alice", "bob")
		id := s.get(sales).body["sid"].(string)
		s.post(sales, "Status=completed").want(200).has("status", "completed").
			has("reason_conference_ended", "conference-ended-via-api").has("call_sid_ending_conference", nil)
		s.pass(500 * time.Millisecond)
		for label, call := range s.calls {
			if got := call.all(); len(got) != 1 || got[0] != bridge.ConferenceStopped {
				t.Errorf("%s was hung up: %v", label, got)
			}
		}
		byID := "/v2/texml/Accounts/acct-1/Conferences/" + id
		s.get(byID).want(200).has("status", "completed")
		if items := s.get(byID + "/Participants").want(200).items(); len(items) != 0 {
			t.Errorf("still there: %v", items)
		}
		s.post(byID+"/Participants/alice", "Muted=true").want(404)
		s.post(byID, "Status=completed").want(200)
		if e := s.post(byID, "AnnounceUrl=http://e.x/a.wav").want(422).telnyxError(); e["code"] != "90019" {
			t.Error(e)
		}

		s.enter("sales", "carol")
		again := s.get(sales).want(200).has("status", "in-progress").body["sid"]
		if again == id {
			t.Error("a new conference has the old id")
		}
		if got := s.get("/v2/texml/Accounts/acct-1/Conferences?FriendlyName=sales").items(); len(got) != 2 || got[0]["sid"] != again {
			t.Errorf("listed: %v", got)
		}
	})
}

func TestH10_LiveEndConferenceOnExit(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		s.enter("sales", "host", "guest")
		for _, value := range []string{"true", "false", "true"} {
			s.post(sales+"/Participants/host", "EndConferenceOnExit="+value).want(200).has("end_conference_on_exit", value == "true")
		}
		s.parts["host"].Leave(bridge.HungUp)
		s.pass(500 * time.Millisecond)
		s.get(sales).want(200).has("status", "completed").
			has("reason_conference_ended", "participant-with-end-conference-on-exit-left").
			has("call_sid_ending_conference", s.parts["host"].ID())
		if got := s.calls["guest"].all(); len(got) != 1 {
			t.Errorf("the guest was hung up: %v", got)
		}
	})
}

func TestH15_LiveAccountsAreApart(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		s.enter("sales", "alice")
		s.join(sidA, "sales", "alice").Acknowledge()
		s.pass(100 * time.Millisecond)
		a := s.as(basic(sidA, tokenA))
		const foreign = "/2010-04-01/Accounts/" + sidA + "/Conferences/sales"
		a.post(foreign+"/Participants/alice.json", "Muted=true").want(200).has("muted", true)
		s.get(sales+"/Participants/alice").want(200).has("muted", false)
		id := a.get(foreign).body["sid"].(string)
		s.get("/v2/texml/Accounts/acct-1/Conferences/" + id).want(404)
		s.get(foreign).want(404)
	})
}

func TestH30_LiveDraining(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		s.enter("sales", "alice")
		s.get("/readyz").want(200)
		s.bridge.Drain()
		s.get("/readyz").want(503)
		s.get("/healthz").want(200)
		s.post(sales+"/Participants/alice", "Muted=true").want(200).has("muted", true)
		s.send("DELETE", sales+"/Participants/alice", "", "").want(204)
	})
}

// TestLiveJitterBufferSize: the size of a jitter buffer is set in both shapes,
// in any case, shown where the participant is, and refused in words.
func TestLiveJitterBufferSize(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		s.enter("sales", "alice")
		const alice, twilioAlice = sales + "/Participants/alice", "/2010-04-01/Accounts/acct-1/Conferences/sales/Participants/alice.json"
		s.get(alice).want(200).has("jitter_buffer_size", "large")
		for _, size := range []string{"off", "small", "medium", "large"} {
			s.post(alice, "JitterBufferSize="+size).want(200).has("jitter_buffer_size", size)
			s.get(alice+"/Media").want(200).has("jitter_buffer_size", size)
		}
		s.post(twilioAlice, "jitterbuffersize=SMALL&Muted=true").want(200).has("jitter_buffer_size", "small").has("muted", true)
		for _, bad := range []string{"huge", "", "1", "small,large"} {
			e := s.post(alice, "JitterBufferSize="+bad+"&Muted=false").want(400).telnyxError()
			if e["code"] != "10032" || e["source"].(map[string]any)["pointer"] != "/JitterBufferSize" {
				t.Errorf("%q: %v", bad, e)
			}
		}
		s.post(twilioAlice, "JitterBufferSize=huge").want(400).has("code", 20001.0)
		s.get(alice).want(200).has("jitter_buffer_size", "small").has("muted", true)
	})
}

// TestLiveSendDigits: digits are sent one after the other, counted, and refused
// in words where they are none, are too many, or the phone knows no events.
func TestLiveSendDigits(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		s.enter("sales", "alice", "bob")
		const alice, twilioAlice = sales + "/Participants/alice", "/2010-04-01/Accounts/acct-1/Conferences/sales/Participants/alice.json"
		s.post(alice, "SendDigits=12w%23d&Muted=true").want(200).has("muted", true)
		s.pass(3 * time.Second)
		if tx := s.get(alice + "/Media").want(200).body["tx"].(map[string]any); tx["digits"] != 4.0 {
			t.Errorf("%v digits were sent, want 4", tx["digits"])
		}
		for _, bad := range []string{"", "12e", "1%202", "1,2", strings.Repeat("1", 129), "%C2%B9"} {
			e := s.post(alice, "SendDigits="+bad+"&Muted=false").want(400).telnyxError()
			if e["source"].(map[string]any)["pointer"] != "/SendDigits" || !strings.Contains(e["detail"].(string), "0-9") {
				t.Errorf("%q: %v", bad, e)
			}
		}
		s.post(twilioAlice, "SendDigits=x").want(400).has("code", 20001.0)
		s.post(alice, "SendDigits="+strings.Repeat("5", 128)).want(200)
		s.post(alice, "SendDigits="+strings.Repeat("5", 128)).want(429)
		s.get(alice).want(200).has("muted", true)

		m := bridge.MediaParams{Tx: bridge.PayloadCodec{Codec: bridge.PCMU}, Remote: netip.MustParseAddrPort("127.1.0.9:4000")}
		if err := s.parts["bob"].UpdateMedia(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		e := s.post(sales+"/Participants/bob", "SendDigits=1&Muted=true").want(422).telnyxError()
		if e["source"].(map[string]any)["pointer"] != "/SendDigits" || !strings.Contains(e["detail"].(string), "telephone-event") {
			t.Error(e)
		}
		s.get(sales+"/Participants/bob").want(200).has("muted", false)
	})
}
