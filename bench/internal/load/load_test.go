package load

import (
	"maps"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"partyline/media"
)

func TestHistogram(t *testing.T) {
	var h Histogram
	if h.Quantile(0.5) != 0 {
		t.Error("an empty histogram has a median")
	}
	for i := range 100 {
		h.add(time.Duration(i+1) * time.Millisecond)
	}
	h.add(time.Second)
	for q, want := range map[float64]time.Duration{0.5: 51 * time.Millisecond, 0.99: 100 * time.Millisecond} {
		if got := h.Quantile(q); got < want || got > want+binWidth {
			t.Errorf("quantile %v: %v, want %v", q, got, want)
		}
	}
	if got := h.Quantile(0.999); got != time.Second {
		t.Errorf("beyond the last step: %v, want the longest", got)
	}
	if h.Max != time.Second || h.Count != 101 {
		t.Errorf("max %v of %d", h.Max, h.Count)
	}
}

const answer = "SIP/2.0 200 OK\r\n" +
	"Via: SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bKI1\r\n" +
	"t: <sip:load-1@127.0.0.1>;tag=abc\r\n" +
	"i: 1-1@load\r\n" +
	"CSeq: 1 INVITE\r\n" +
	"Contact: \"x\" <sip:127.0.0.1:5060;transport=udp>;expires=1\r\n\r\n" +
	"v=0\r\nc=IN IP4 127.0.0.9\r\nm=audio 20000 RTP/AVP 0\r\n"

func TestMessages(t *testing.T) {
	m, err := parseMessage([]byte(answer))
	if err != nil {
		t.Fatal(err)
	}
	if m.status != 200 || m.method != "INVITE" || m.callID != "1-1@load" || !strings.HasSuffix(m.to, "tag=abc") || m.contact != "sip:127.0.0.1:5060;transport=udp" {
		t.Errorf("%+v", m)
	}
	at, err := mediaAddr(m.body)
	if err != nil || at != netip.MustParseAddrPort("127.0.0.9:20000") {
		t.Errorf("audio goes to %v, %v", at, err)
	}
	for _, broken := range []string{"", "SIP/2.0 200 OK\r\n", "SIP/2.0 x OK\r\n\r\n", "\r\n\r\n"} {
		if _, err := parseMessage([]byte(broken)); err == nil {
			t.Errorf("%q is taken for a message", broken)
		}
	}
	if _, err := mediaAddr("v=0\r\nm=audio 0 RTP/AVP 0\r\n"); err == nil {
		t.Error("a closed line has an address")
	}
}

// Talkers who can be confused must not have the same tone.
func TestTonesDiffer(t *testing.T) {
	seen := map[int]bool{}
	for c := range 6 {
		for k := range maxTones {
			hz := toneOf(c, k)
			if seen[hz] || hz > 3000 {
				t.Errorf("talker %d of conference %d at %d Hz", k, c, hz)
			}
			seen[hz] = true
		}
	}
}

// wantWrong wants a judgement that names what is wrong, or none for "".
func wantWrong(t *testing.T, r *run, what string, e *ear, want string) {
	t.Helper()
	got := r.judge(e)
	if want == "" && got != "" || !strings.Contains(got, want) {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

// hearing is a run whose voices can be heard.
func hearing(c Config) (r *run, say func(hz ...int) [][]byte) {
	c.Codec = media.PCMU
	r = &run{cfg: c, plan: newPlan(&c), voices: newVoices(c.Codec)}
	return r, func(hz ...int) (payloads [][]byte) {
		mixed := make([]int16, g711Rate)
		for _, f := range hz {
			for i, s := range speak(f, g711Rate) {
				mixed[i] += s
			}
		}
		for frame := range slices.Chunk(mixed, g711Rate/50) {
			payloads = append(payloads, media.EncodeFrame(media.PCMU, nil, frame))
		}
		return payloads
	}
}

// An ear knows what it must hear, and what not.
func TestEarsJudge(t *testing.T) {
	r, say := hearing(Config{Calls: 4, Conferences: 2, Talkers: 2})
	wantWrong(t, r, "the other talker", &ear{caller: 2, payloads: say(toneOf(0, 0))}, "")
	wantWrong(t, r, "its own voice", &ear{caller: 0, payloads: say(toneOf(0, 0), toneOf(0, 1))}, "talker 0 of conference 0")
	wantWrong(t, r, "another conference", &ear{caller: 3, payloads: say(toneOf(0, 0), toneOf(1, 0))}, "talker 0 of conference 0")
	wantWrong(t, r, "nothing", &ear{caller: 2, payloads: say(0)}, "talker 0 of conference 0")
	wantWrong(t, r, "too little", &ear{caller: 2, payloads: say(toneOf(0, 0))[:10]}, "heard 200 ms")
}

// Whoever does something besides hears what belongs to that.
func TestEarsJudge_Roles(t *testing.T) {
	c := Config{Calls: 12, Conferences: 2, Talkers: 1, Coaches: 1, Announcements: 1, Held: 1, Muted: 1}
	r, say := hearing(c)
	who := map[role]int{}
	for i, role := range r.plan.roles {
		who[role] = i
	}
	talker := func(i int) int { return toneOf(i%2, 0) }
	for name, x := range map[string]struct {
		role  role
		hears []int
		wrong string
	}{
		"a coach hears the conference": {coach, []int{talker(who[coach])}, ""},
		"who is coached hears both":    {coached, []int{talker(who[coached]), coachHz}, ""},
		"and misses the coach":         {coached, []int{talker(who[coached])}, "a coach"},
		"who is muted hears a coach":   {muted, []int{talker(who[muted]), coachHz}, "a coach"},
		"hold is the prompt alone":     {held, []int{holdHz}, ""},
		"and not the conference":       {held, []int{holdHz, talker(who[held])}, "talker 0"},
		"an announcement over talkers": {announced, []int{announceHz, talker(who[announced])}, ""},
		"and over silence":             {announced, []int{announceHz}, ""},
		"and is missed":                {announced, []int{talker(who[announced])}, "an announcement"},
		"who is muted is not heard":    {muted, []int{talker(who[muted]), unheardHz}, "muted or on hold"},
	} {
		wantWrong(t, r, name, &ear{caller: who[x.role], payloads: say(x.hears...)}, x.wrong)
	}
}

// The roles are given out as often as was asked, to those who do not talk.
func TestPlan(t *testing.T) {
	for _, c := range []Config{
		{Calls: 1000, Conferences: 100, Talkers: 3, Coaches: 100, Announcements: 100, Held: 300, Muted: 50},
		{Calls: 1000, Conferences: 1, Talkers: 3, Coaches: 250, Held: 300},
		{Calls: 103, Conferences: 10, Talkers: 2, Coaches: 7, Announcements: 3, Held: 5, Muted: 4, Updates: 1},
	} {
		if c.Control.Addr = "here"; c.checkShape() != nil {
			t.Fatal(c.checkShape())
		}
		p := newPlan(&c)
		var n [numRoles]int
		for i, r := range p.roles {
			n[r]++
			if r != plain && i < c.talking() {
				t.Errorf("%+v: talker %d has role %d", c, i, r)
			}
			if r == coach && (p.roles[c.coachee(i)] != coached || c.coachee(i)%c.Conferences != i%c.Conferences) {
				t.Errorf("%+v: coach %d coaches %d of another conference, or not only", c, i, c.coachee(i))
			}
		}
		if n[coach] != c.Coaches || n[coached] != c.Coaches || n[announced] != c.Announcements || n[held] != c.Held || n[muted] != c.Muted {
			t.Errorf("%+v: roles %v", c, n)
		}
		for _, i := range p.updatable {
			if p.ears[i] || p.roles[i] != plain || i < c.talking() {
				t.Errorf("%+v: caller %d is updated and examined, or has a role", c, i)
			}
		}
	}
}

// What cannot work is told by the name of its flag.
func TestConfig_Check(t *testing.T) {
	good := Config{Codec: media.PCMU, Calls: 20, Conferences: 2, Talkers: 2, Ramp: 1, Measure: time.Second, Control: Control{Addr: "here"}}
	for flag, spoil := range map[string]func(c *Config){
		"":              func(*Config) {},
		"--calls":       func(c *Config) { c.Calls = 0 },
		"--conferences": func(c *Config) { c.Conferences = 21 },
		"--talkers":     func(c *Config) { c.Talkers = -1 },
		"--ramp":        func(c *Config) { c.Ramp = 0 },
		"--measure":     func(c *Config) { c.Measure = 0 },
		"--churn":       func(c *Config) { c.Churn = -1 },
		"--life":        func(c *Config) { c.Life = -1 },
		"--held":        func(c *Config) { c.Held = 17 },
		"--coaches":     func(c *Config) { c.Coaches = 9 },
		"--muted":       func(c *Config) { c.Muted = -1 },
		"--api":         func(c *Config) { c.Muted, c.Control.Addr = 1, "" },
		"--updates":     func(c *Config) { c.Updates, c.Held = 1, 16 },
	} {
		c := good
		spoil(&c)
		err := c.Check()
		if flag == "" && err != nil || flag != "" && (err == nil || !strings.Contains(err.Error(), flag)) {
			t.Errorf("%s: %v", flag, err)
		}
	}
	storm := Config{Codec: media.PCMU, Ramp: 1, Measure: time.Second, Churn: 1000}
	if err := storm.Check(); err != nil {
		t.Error(err)
	}
}

// Everybody is updated once before anybody is again, and with every step.
func TestUpdates_Schedule(t *testing.T) {
	type turn struct{ who, step int }
	seen := map[turn]int{}
	for n := range 2 * 5 * 4 {
		who, step := nextUpdate(n, 5, 4)
		seen[turn{who, step}]++
		if who != n%5 || step != n/5%4 {
			t.Errorf("update %d is step %d of %d", n, step, who)
		}
	}
	if len(seen) != 20 {
		t.Errorf("%d different updates of 20", len(seen))
	}
	began := time.Unix(1e9, 0)
	for n, want := range map[int]time.Duration{0: 0, 1: time.Millisecond, 30000: 30 * time.Second} {
		if got := due(began, n, 1000).Sub(began); got != want {
			t.Errorf("update %d after %v, want %v", n, got, want)
		}
	}
}

// Updates are counted once each: those that went well, late ones and failures.
func TestUpdates_Books(t *testing.T) {
	u := &updater{}
	u.book(0, time.Millisecond, nil)
	u.book(lateUpdate+1, time.Second, nil)
	u.book(0, time.Hour, errNoPorts)
	u.book(0, time.Hour, net.ErrClosed)
	if u.Made != 4 || u.Failed != 2 || u.Late != 1 || u.Took.Count != 2 || u.Reason != errNoPorts {
		t.Errorf("%d made, %d failed, %d late, %d times, %v", u.Made, u.Failed, u.Late, u.Took.Count, u.Reason)
	}
	r := Report{Seconds: 2}
	r.updated(&u.Updated)
	if r.Updates.Rate != 1 || !r.Bottleneck {
		t.Errorf("%+v, bottleneck %v", r.Updates, r.Bottleneck)
	}
}

// Counters are read by name, whatever their labels, and compared.
func TestCounters(t *testing.T) {
	read := func(s string) counters {
		c, err := parseCounters(strings.NewReader(s))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	before := read("# TYPE a_total counter\na_total 3\nb_total{x=\"1 2\"} 1\nb_total{x=\"}\"} 1e3\ngauge 7\n")
	after := read("a_total 5\nb_total{x=\"1 2\"} 2\nb_total{x=\"}\"} 1001\ngauge 9\nnew_count 1\n\nbroken\n")
	want := map[string]float64{"a_total": 2, "b_total": 2, "new_count": 1}
	if got := after.since(before); !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// The participants of a page are found by the Call-ID of SIP.
func TestParties(t *testing.T) {
	all := map[string]party{}
	n, err := addParties(all, "load-3", []byte(`{"participants":[{"call_sid":"v3:a","sip_call_id":"1-1@load"},{"call_sid":"v3:b","sip_call_id":"1-2@load"}]}`))
	if err != nil || n != 2 || all["1-2@load"].path() != "/Conferences/load-3/Participants/v3:b" {
		t.Errorf("%d, %v, %v", n, all, err)
	}
	if _, err := addParties(all, "load-3", []byte("no")); err == nil {
		t.Error("what is no list is read")
	}
}

// What comes is booked by sequence and timestamp, and by whom it is from.
func TestBook(t *testing.T) {
	k := &caller{step: 160}
	var w Window
	at := int64(1e18)
	packet := func(ssrc, seq byte, ts uint16) {
		at += int64(20 * time.Millisecond)
		k.book(&w, []byte{0x80, 0, 0, seq, 0, 0, byte(ts >> 8), byte(ts), 0, 0, 0, ssrc}, at)
	}
	packet(9, 200, 999) // of another call, before
	packet(1, 1, 160)
	first := at
	packet(1, 2, 320)
	packet(1, 5, 800) // two lost
	packet(1, 4, 640) // late
	packet(1, 6, 999) // a wrong step
	if w.Received != 6 || w.Lost != 2 || w.Disordered != 1 || w.WrongTimestamps != 1 || w.Gaps.Count != 4 || k.first != first {
		t.Errorf("%+v", struct{ R, L, D, W uint64 }{w.Received, w.Lost, w.Disordered, w.WrongTimestamps})
	}
}

// A caller hears and is heard on real sockets, and a wire that is used again
// holds nothing of the call before.
func TestWire(t *testing.T) {
	r := &run{cfg: Config{Local: netip.AddrFrom4([4]byte{127, 0, 0, 1})}, port: firstPort}
	open := func() wire {
		w, err := r.openWire()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(w.close)
		return w
	}
	a, b, c := open(), open(), open()
	connect := func(w *wire, to netip.AddrPort) {
		if err := w.connect(to); err != nil {
			t.Fatal(err)
		}
	}
	connect(&a, b.local)
	connect(&b, a.local)
	connect(&c, a.local)
	in := newInlet()
	a.send([]byte("to b"))
	c.send([]byte("from a stranger"))
	if got, at := in.recv(&b); string(got) != "to b" || at == 0 {
		t.Errorf("%q at %d", got, at)
	}
	if got, _ := in.recv(&a); got != nil {
		t.Errorf("a stranger is heard: %q", got)
	}
	b.send([]byte("of the call before"))
	connect(&a, netip.AddrPort{})
	a.empty()
	connect(&a, c.local)
	c.send([]byte("of this call"))
	if got, _ := in.recv(&a); string(got) != "of this call" {
		t.Errorf("%q", got)
	}
}

// A caller's turn allocates nothing.
func TestCaller_Allocs(t *testing.T) {
	r := &run{cfg: Config{Local: netip.AddrFrom4([4]byte{127, 0, 0, 1})}, port: firstPort}
	w, err := r.openWire()
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	k := newCaller(w, media.PCMU, [][]byte{make([]byte, 160)}, 1)
	if err := k.reach(w.local); err != nil { // speaks to itself
		t.Fatal(err)
	}
	in, out, seen := newInlet(), make([]byte, 1500), new(Window)
	if n := testing.AllocsPerRun(100, func() { k.speak(out); k.listen(seen, in, mostAtOnce) }); n != 0 || seen.Received < 100 {
		t.Errorf("%v allocations, %d packets", n, seen.Received)
	}
}

// Callers are spread evenly over the slots, also after others have left.
func TestPacer_Spread(t *testing.T) {
	p := &pacer{orders: make(chan func(), 1)}
	add := func() *caller {
		k := &caller{left: func(*caller) {}}
		p.add(k)
		(<-p.orders)()
		return k
	}
	for range 2 * slots {
		add()
	}
	for _, k := range p.slots[3] {
		k.gone.Store(true)
	}
	p.turn(3)
	if n := len(p.slots[3]); n != 0 {
		t.Errorf("%d callers who have gone are still there", n)
	}
	for range 2 {
		add()
	}
	for i, s := range p.slots {
		if len(s) != 2 {
			t.Errorf("slot %d has %d callers", i, len(s))
		}
	}
}
