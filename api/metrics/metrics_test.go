package metrics

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"partyline/api"
	"partyline/bridge"
)

// fakeBridge is a bridge of fixed numbers.
type fakeBridge struct {
	views  []bridge.ParticipantMediaView
	totals bridge.Totals
	err    error
}

func (b *fakeBridge) MediaViews(context.Context) ([]bridge.ParticipantMediaView, error) {
	return b.views, b.err
}
func (b *fakeBridge) Totals() bridge.Totals { return b.totals }

// participant is one of a fake bridge's.
func participant(label string) bridge.ParticipantMediaView {
	return bridge.ParticipantMediaView{
		Conference:  &bridge.ConferenceView{ID: "CF1", FriendlyName: "lobby"},
		Participant: &bridge.ParticipantView{Account: "AC1", CallID: "CA-" + label, Label: label, Codec: "PCMU"},
	}
}

// scrape returns the text of the metrics.
func scrape(t *testing.T, m http.Handler) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if w.Code != 200 || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/plain; version=0.0.4") {
		t.Fatalf("%d %v: %s", w.Code, w.Header(), w.Body)
	}
	return w.Body.String()
}

// series returns the samples of a scrape that are ours, by name and labels.
func series(t *testing.T, m http.Handler) map[string]string {
	t.Helper()
	all := map[string]string{}
	for line := range strings.Lines(scrape(t, m)) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), " "); ok && strings.HasPrefix(line, "partyline_") {
			i := strings.LastIndexByte(line, ' ')
			name, value = line[:i], strings.TrimSpace(line[i+1:])
			if _, twice := all[name]; twice {
				t.Errorf("%s is there twice", name)
			}
			all[name] = value
		}
	}
	return all
}

// full returns metrics that show something of everything.
func full(b *fakeBridge) *Metrics {
	m := New(Options{Bridge: b, Participants: 10, Version: "1.2.3", Calls: func() Calls { return Calls{Answered: 7} }})
	m.Observe(api.Answered{Method: "GET", Resource: "media", Status: 200, Took: 20 * time.Millisecond})
	return m
}

// TestLint: names and help are as promtool wants them.
func TestLint(t *testing.T) {
	text := scrape(t, full(&fakeBridge{views: []bridge.ParticipantMediaView{participant("alice"), participant("bob")}}))
	problems, err := promlint.New(strings.NewReader(text)).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		if strings.HasPrefix(p.Metric, "partyline_") {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
	for _, want := range []string{
		`partyline_build_info{go_version="go`, `version="1.2.3"`, "go_goroutines ", "process_resident_memory_bytes ",
		`partyline_sip_calls_total{outcome="answered"} 7`,
		`partyline_http_requests_total{method="GET",resource="media",status="200"} 1`,
		`partyline_http_request_duration_seconds_bucket{method="GET",resource="media",le="0.02"} 1`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
}

// TestEveryNumberIsShown: whatever of a leg's numbers changes, exactly one
// series of the participant shows it, and of the counters one of the totals.
func TestEveryNumberIsShown(t *testing.T) {
	b := &fakeBridge{views: []bridge.ParticipantMediaView{participant("alice")}}
	none := series(t, full(b))
	stats := reflect.TypeFor[bridge.MediaStats]()
	for i := range stats.NumField() {
		for j := range stats.Field(i).Type.NumField() {
			name := stats.Field(i).Name + "." + stats.Field(i).Type.Field(j).Name
			b.views[0].Media.Stats, b.totals.Media = bridge.MediaStats{}, bridge.MediaStats{}
			set(reflect.ValueOf(&b.views[0].Media.Stats).Elem().Field(i).Field(j))
			var own, sum []string
			for series, value := range series(t, full(b)) {
				switch {
				case value == none[series]:
				case strings.HasPrefix(series, "partyline_participant_"):
					own = append(own, series)
				default:
					sum = append(sum, series)
				}
			}
			if len(own) != 1 && name != "Tx.Dest" || len(sum) > 1 {
				t.Errorf("%s changes %v and %v", name, own, sum)
			}
			if len(own) == 1 && (strings.Contains(own[0], "_total{") || name == "Rx.Lost") != (len(sum) == 1) {
				t.Errorf("%s changes %v, and of the totals %v", name, own, sum)
			}
		}
	}
}

// set sets a field of any type that occurs to something.
func set(v reflect.Value) {
	switch v.Interface().(type) {
	case netip.AddrPort:
		v.Set(reflect.ValueOf(netip.MustParseAddrPort("192.0.2.1:4000")))
	case time.Time:
		v.Set(reflect.ValueOf(time.Unix(1e9, 0)))
	case time.Duration:
		v.SetInt(int64(40 * time.Millisecond))
	default:
		switch {
		case v.CanFloat():
			v.SetFloat(0.5)
		case v.CanUint():
			v.SetUint(2)
		default:
			v.SetInt(2)
		}
	}
}

// TestSeriesAreBounded: participants beyond the limit are in the totals only,
// and a gauge says how many.
func TestSeriesAreBounded(t *testing.T) {
	b := &fakeBridge{}
	for i := range 300 {
		b.views = append(b.views, participant(fmt.Sprint(i)))
	}
	for limit, shown := range map[int]int{0: 0, 1: 1, 250: 250, 1000: 300} {
		all := series(t, New(Options{Bridge: b, Participants: limit}))
		n := 0
		for name := range all {
			if strings.HasPrefix(name, "partyline_participant_info{") {
				n++
			}
		}
		if n != shown || all["partyline_participants_without_series"] != fmt.Sprint(300-shown) {
			t.Errorf("with a limit of %d: %d are shown, %s are not", limit, n, all["partyline_participants_without_series"])
		}
	}
}

// TestHostileNames: what phones call themselves stays within its label.
func TestHostileNames(t *testing.T) {
	b := &fakeBridge{views: []bridge.ParticipantMediaView{participant("x\"} 1\npartyline_evil{a=\"b\xff\\")}}
	text := scrape(t, New(Options{Bridge: b, Participants: 1}))
	if strings.Contains(text, "\npartyline_evil") || !strings.Contains(text, `label="x\"} 1\npartyline_evil{a=\"b`+"\uFFFD"+`\\"`) {
		t.Errorf("in\n%s", text)
	}
	if _, err := promlint.New(strings.NewReader(text)).Lint(); err != nil {
		t.Error(err)
	}
}

// TestLostNeverGoesBack: a packet that turns up late takes nothing from the
// counter.
func TestLostNeverGoesBack(t *testing.T) {
	b := &fakeBridge{}
	m := New(Options{Bridge: b})
	for _, step := range []struct {
		lost uint64
		want string
	}{{0, "0"}, {5, "5"}, {4, "5"}, {5, "5"}, {6, "6"}} {
		b.totals.Media.Rx.Lost = step.lost
		if got := series(t, m)["partyline_media_rx_lost_packets_total"]; got != step.want {
			t.Errorf("with %d lost: %s, want %s", step.lost, got, step.want)
		}
	}
}

// TestTotals: the sums are of those who are there and those who were, and never
// go back when somebody is on the way out.
func TestTotals(t *testing.T) {
	b := &fakeBridge{views: []bridge.ParticipantMediaView{participant("alice"), participant("bob")}}
	m := full(b)
	want := func(when string, want map[string]string) {
		t.Helper()
		all := series(t, m)
		for name, value := range want {
			if got := all["partyline_"+name]; got != value {
				t.Errorf("%s, %s = %q, want %s", when, name, got, value)
			}
		}
	}
	b.views[0].Media.Stats.Rx.Packets, b.views[1].Media.Stats.Rx.Packets = 10, 7
	b.totals = bridge.Totals{
		Conferences: 3, Joined: 5, Left: map[bridge.LeaveReason]uint64{bridge.HungUp: 2, bridge.Removed: 1}, Skipped: 4, Dropped: 6,
		Ticks: 100, Encodes: 700,
		Lateness: bridge.Histogram{Bounds: []time.Duration{time.Millisecond, 20 * time.Millisecond}, Counts: []uint64{90, 9, 1}, Sum: time.Second},
	}
	b.totals.Media.Rx.Packets = 100
	want("with two", map[string]string{
		"media_rx_packets_total": "117", "participants": "2", "conferences": "1", "conferences_created_total": "3",
		"participants_joined_total": "5", `participants_left_total{reason="hung-up"}`: "2", `participants_left_total{reason="removed"}`: "1",
		"ticks_total": "100", "ticks_skipped_total": "4", "encodes_total": "700", "events_dropped_total": "6",
		`tick_lateness_seconds_bucket{le="0.001"}`: "90", `tick_lateness_seconds_bucket{le="0.02"}`: "99",
		`tick_lateness_seconds_bucket{le="+Inf"}`: "100", "tick_lateness_seconds_sum": "1", "tick_lateness_seconds_count": "100",
	})
	bob := b.views[1]
	b.views = b.views[:1]
	want("while bob leaves", map[string]string{"media_rx_packets_total": "117", "participants": "1"})
	b.totals.AddMedia(bob.Media.Stats)
	b.views[0].Media.Stats.Rx.Packets++
	want("when he has left", map[string]string{"media_rx_packets_total": "118", "participants": "1"})
}

// TestBusyBridge: when conferences do not answer, what did is shown, and that
// something is missing.
func TestBusyBridge(t *testing.T) {
	b := &fakeBridge{views: []bridge.ParticipantMediaView{participant("alice")}}
	m := New(Options{Bridge: b, Participants: 10})
	if all := series(t, m); all["partyline_scrape_incomplete"] != "0" {
		t.Errorf("incomplete = %s", all["partyline_scrape_incomplete"])
	}
	b.err = bridge.ErrBusy
	all := series(t, m)
	if all["partyline_scrape_incomplete"] != "1" || all["partyline_media_rx_packets_total"] != "0" {
		t.Errorf("with a busy bridge: %v", all)
	}
}

// TestGuard: the metrics are for who has the token, and nothing else is there.
func TestGuard(t *testing.T) {
	open, closed := New(Options{Bridge: &fakeBridge{}}), New(Options{Bridge: &fakeBridge{}, Token: "secret"})
	for _, c := range []struct {
		m            *Metrics
		method, path string
		auth         string
		want         int
	}{
		{open, "GET", "/metrics", "", 200},
		{open, "HEAD", "/metrics", "", 200},
		{open, "POST", "/metrics", "", 405},
		{open, "GET", "/", "", 404},
		{open, "GET", "/metrics/", "", 404},
		{open, "GET", "/debug/pprof/", "", 404},
		{closed, "GET", "/metrics", "", 401},
		{closed, "GET", "/", "", 401},
		{closed, "GET", "/metrics", "Bearer secret", 200},
		{closed, "GET", "/metrics", "bearer secret", 200},
		{closed, "GET", "/metrics", "Bearer ", 401},
		{closed, "GET", "/metrics", "Bearer secret2", 401},
		{closed, "GET", "/metrics", "Basic secret", 401},
		{closed, "GET", "/metrics", "secret", 401},
	} {
		w, r := httptest.NewRecorder(), httptest.NewRequest(c.method, c.path, nil)
		if c.auth != "" {
			r.Header.Set("Authorization", c.auth)
		}
		c.m.ServeHTTP(w, r)
		if w.Code != c.want || w.Code == 401 && w.Header().Get("WWW-Authenticate") == "" {
			t.Errorf("%s %s with %q: %d %v, want %d", c.method, c.path, c.auth, w.Code, w.Header(), c.want)
		}
	}
}

// TestMetricsAreDocumented: README.md names every metric.
func TestMetricsAreDocumented(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	text := scrape(t, full(&fakeBridge{views: []bridge.ParticipantMediaView{participant("alice")}}))
	for line := range strings.Lines(text) {
		name, ours := strings.CutPrefix(line, "# TYPE partyline_")
		name, _, _ = strings.Cut(name, " ")
		for _, group := range []string{"participant_", "media_"} {
			if rest, ok := strings.CutPrefix(name, group); ok && slices.ContainsFunc(figures, func(f figure) bool { return f.name == rest }) {
				name = "…" + rest
			}
		}
		if ours && !strings.Contains(string(readme), "`"+name+"`") {
			t.Errorf("README.md does not name %s", name)
		}
	}
}
