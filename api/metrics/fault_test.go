package metrics

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"

	"partyline/api"
	"partyline/bridge"
	"partyline/bridge/prompt"
	"partyline/media"
	"partyline/media/netsim"
	"partyline/mixer/tone"
)

// line is one call of a phone over a simulated network, in virtual time, with
// the API and the metrics beside it.
type line struct {
	t       *testing.T
	net     *netsim.Network
	phone   *netsim.Phone
	leg     netip.AddrPort
	call    *bridge.Participant
	api     http.Handler
	metrics http.Handler
	last    []byte // SRTP packet
}

// onLine runs a test with a call in a codec, after a calm second.
func onLine(t *testing.T, codec media.Codec, change func(*media.Params), test func(l *line)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		quiet := slog.New(slog.DiscardHandler)
		l := &line{t: t, net: netsim.New(time.Now, 1)}
		prompts := prompt.New(prompt.Options{Log: quiet})
		defer prompts.Close()
		b, err := bridge.New(bridge.Config{Network: l.net, Prompts: prompts, Log: quiet, Clocks: 1, ClampDTMF: true})
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		l.api = api.New(api.Options{Bridge: b, Accounts: []api.Account{{SID: "AC1", Token: "x"}}})
		l.metrics = New(Options{Bridge: b, Participants: 10})
		leg, err := b.OpenLeg()
		if err != nil {
			t.Fatal(err)
		}
		voice := &tone.Sine{Rate: codec.SampleRate(), Hz: 440, Level: -20}
		l.phone = netsim.NewPhone(l.net, netip.MustParseAddrPort("127.1.0.1:4000"), codec, voice.Fill)
		l.leg = leg.LocalAddr()
		l.phone.Call(l.leg)
		params := l.phone.Params()
		if change != nil {
			change(&params)
		}
		l.call, err = b.Join(t.Context(), bridge.JoinRequest{
			Account: "AC1", Conference: "lobby", Direction: "inbound", Options: bridge.DefaultStartOptions(),
			Leg: leg, Media: params, Call: deaf{},
		})
		if err != nil {
			t.Fatal(err)
		}
		if params.SRTP != nil {
			l.phone.Voice = nil // it speaks no SRTP; the test does
		}
		l.run(3 * time.Second)
		if params.SRTP != nil {
			l.speakProtected()
		}
		test(l)
	})
}

// deaf is a call that takes no notice of being hung up.
type deaf struct{}

func (deaf) Hangup(bridge.LeaveReason) {}

// run lets time go by, with the phone speaking.
func (l *line) run(d time.Duration) {
	for range d / bridge.TickInterval {
		l.phone.Tick(time.Now())
		time.Sleep(bridge.TickInterval)
	}
}

// packet is a valid one, the next of the phone's, as another might send it.
func (l *line) packet() []byte {
	b, err := (&rtp.Packet{Header: l.phone.Header, Payload: make([]byte, 160)}).Marshal()
	if err != nil {
		l.t.Fatal(err)
	}
	return b
}

// stranger sends a datagram from an address that is not the phone's.
func (l *line) stranger(b []byte, to netip.AddrPort) {
	s := l.net.Bind(netip.MustParseAddrPort("127.9.0.1:5000"))
	defer s.Close()
	if err := s.SendAt(b, to, time.Now()); err != nil {
		l.t.Fatal(err)
	}
}

// skip moves the phone's clock by one packet that is never sent.
func (l *line) skip() rtp.Header {
	h := l.phone.Header
	l.phone.Header.SequenceNumber++
	l.phone.Header.Timestamp += 160
	return h
}

func (l *line) rtcpPort() netip.AddrPort { return netip.AddrPortFrom(l.leg.Addr(), l.leg.Port()+1) }

// numbers reads those of the call, by the paths of the members.
func (l *line) numbers() map[string]any {
	r := httptest.NewRequest("GET", "/v2/texml/Accounts/AC1/Conferences/lobby/Participants/"+l.call.ID()+"/Media", nil)
	r.SetBasicAuth("AC1", "x")
	w := httptest.NewRecorder()
	l.api.ServeHTTP(w, r)
	var whole map[string]json.RawMessage
	if err := json.Unmarshal(w.Body.Bytes(), &whole); w.Code != 200 || err != nil {
		l.t.Fatalf("%d %v: %s", w.Code, err, w.Body)
	}
	all := map[string]any{}
	for _, group := range []string{"rx", "peer"} {
		var m map[string]any
		if err := json.Unmarshal(whole[group], &m); err != nil {
			l.t.Fatal(err)
		}
		for name, value := range m {
			all[group+"."+name] = value
		}
	}
	return all
}

// counters reads the metrics of the call that only grow, by name and the label
// that tells them apart.
func (l *line) counters() map[string]string {
	all := map[string]string{}
	for name, value := range series(l.t, l.metrics) {
		short, own := strings.CutPrefix(name, "partyline_participant_")
		short, labels, _ := strings.Cut(short, "{")
		if !own || !strings.HasSuffix(short, "_total") && short != "rx_lost_packets" {
			continue
		}
		for _, label := range []string{"reason", "kind"} {
			if _, v, ok := strings.Cut(labels, label+`="`); ok {
				v, _, _ = strings.Cut(v, `"`)
				short += " " + v
			}
		}
		all[short] = value
	}
	return all
}

// changed returns the keys whose values differ, but for those that change in
// every call and those that only follow from another, in one line.
func changed[V comparable](before, after map[string]V, ignored ...string) string {
	var keys []string
	for key, value := range after {
		if before[key] != value && !slices.Contains(ignored, key) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return strings.Join(keys, ", ")
}

// The numbers that change in a calm call, and what concealment follows from a
// fault instead of being one.
var (
	calmMembers = []string{"rx.packets", "rx.bytes", "rx.jitter_ms", "rx.playout_delay_ms", "rx.codec",
		"rx.concealed_ms", "rx.underrun_ms", "rx.inserted", "rx.inserted_ms", "rx.dropped", "rx.dropped_ms"}
	calmCounters = []string{"rx_packets_total", "rx_payload_bytes_total", "tx_packets_total", "tx_payload_bytes_total", "tx_reports_total",
		"tx_comfort_noise_packets_total", "rx_concealed_seconds_total", "rx_underrun_seconds_total", "rx_corrections_total inserted",
		"rx_corrections_total dropped", "rx_corrected_seconds_total inserted", "rx_corrected_seconds_total dropped"}
)

var bye = []byte{0x81, 203, 0, 1, 0, 0, 0, 7}

// faults are what can be wrong with what a phone sends, one at a time.
var faults = []struct {
	name            string
	codec           media.Codec
	params          func(*media.Params)
	inject          func(*line)
	member, counter string // the one that moves, in the API and in the metrics
}{
	{"nothing", media.PCMU, nil, func(*line) {}, "", ""},
	{"a packet is lost", media.PCMU, nil, func(l *line) { l.skip() }, "rx.lost", "rx_lost_packets"},
	{"a packet comes twice", media.PCMU, nil, func(l *line) {
		h := l.phone.Header
		h.SequenceNumber--
		h.Timestamp -= 160
		l.phone.SendRaw(h, make([]byte, 160), time.Now())
	}, "rx.duplicate", "rx_discarded_packets_total duplicate"},
	{"a packet is late", media.PCMU, nil, func(l *line) {
		h := l.skip()
		l.run(400 * time.Millisecond)
		l.phone.SendRaw(h, make([]byte, 160), time.Now())
	}, "rx.late", "rx_discarded_packets_total late"},
	{"half a header", media.PCMU, nil, func(l *line) { l.phone.SendBytes([]byte{0x80, 0, 1}, time.Now()) },
		"rx.malformed", "rx_discarded_packets_total malformed"},
	{"a giant", media.PCMU, nil, func(l *line) { l.phone.SendRaw(l.phone.Header, make([]byte, 3000), time.Now()) },
		"rx.oversize", "rx_discarded_packets_total oversize"},
	{"a stranger", media.PCMU, nil, func(l *line) { l.stranger(l.packet(), l.leg) },
		"rx.bad_source", "rx_discarded_packets_total bad_source"},
	{"a payload type out of nowhere", media.PCMU, nil, func(l *line) {
		h := l.phone.Header
		h.PayloadType = 33
		l.phone.SendRaw(h, make([]byte, 160), time.Now())
	}, "rx.bad_payload_type", "rx_discarded_packets_total bad_payload_type"},
	{"RTCP where RTP is", media.PCMU, nil, func(l *line) { l.phone.SendBytes(bye, time.Now()) },
		"rx.stray_rtcp", "rx_discarded_packets_total stray_rtcp"},
	{"another SSRC for a packet", media.PCMU, nil, func(l *line) {
		h := l.phone.Header
		h.SSRC++
		l.phone.SendRaw(h, make([]byte, 160), time.Now())
	}, "rx.probation", "rx_discarded_packets_total probation"},
	{"a jump of the timestamp", media.PCMU, nil, func(l *line) { l.phone.Header.Timestamp += 80000 },
		"rx.timestamp_jumps", "rx_timestamp_jumps_total"},
	{"comfort noise", media.PCMU, nil, func(l *line) {
		h := l.skip()
		h.PayloadType = 13
		l.phone.SendRaw(h, []byte{60}, time.Now())
	}, "rx.comfort_noise", "rx_comfort_noise_packets_total"},
	{"a digit", media.PCMU, nil, func(l *line) { l.phone.Press(5, 2, time.Now()) }, "rx.digits", "rx_digits_total"},
	{"no Opus", media.Opus, nil, func(l *line) {
		h := l.phone.Header
		h.PayloadType = netsim.PayloadType(media.Opus)
		l.phone.Header.SequenceNumber++
		l.phone.Header.Timestamp += 960
		l.phone.SendRaw(h, []byte{0xff, 0xff, 0xff}, time.Now())
	}, "rx.undecodable", "rx_discarded_packets_total undecodable"},
	{"audio that was not asked for", media.PCMU, func(p *media.Params) { p.Direction = media.SendOnly },
		func(*line) {}, "rx.not_receiving", "rx_discarded_packets_total not_receiving"},
	{"plain RTP where SRTP was agreed", media.PCMU, protect, func(l *line) { l.phone.SendBytes(l.packet(), time.Now()) },
		"rx.unauthentic", "rx_discarded_packets_total unauthentic"},
	{"an SRTP packet again", media.PCMU, protect, func(l *line) {
		l.phone.SendBytes(l.last, time.Now())
	}, "rx.replayed", "rx_discarded_packets_total replayed"},
	{"broken RTCP", media.PCMU, nil, func(l *line) { l.phone.SendRTCP([]byte{0x81, 201, 0, 9}, time.Now()) },
		"peer.malformed", "peer_discarded_packets_total malformed"},
	{"a stranger's RTCP", media.PCMU, nil, func(l *line) { l.stranger(bye, l.rtcpPort()) },
		"peer.bad_source", "peer_discarded_packets_total bad_source"},
	{"a BYE", media.PCMU, nil, func(l *line) { l.phone.SendRTCP(l.bye(), time.Now()) }, "peer.byes", "peer_byes_total"},
}

// TestR23_EveryFaultHasItsCounter: each injected fault moves exactly one
// counter in the API, and the one that corresponds in the metrics.
func TestR23_EveryFaultHasItsCounter(t *testing.T) {
	for _, f := range faults {
		t.Run(strings.ReplaceAll(f.name, " ", "_"), func(t *testing.T) {
			onLine(t, f.codec, f.params, func(l *line) {
				members, counters := l.numbers(), l.counters()
				f.inject(l)
				l.run(2 * time.Second)
				calm := slices.Clone(calmMembers)
				if got := changed(members, l.numbers(), append(calm, "rx.source", "rx.source_since", "rx.source_changes")...); got != f.member {
					t.Errorf("in the API %q moves, want %q", got, f.member)
				}
				if got := changed(counters, l.counters(), append(slices.Clone(calmCounters), "rx_source_changes_total")...); got != f.counter {
					t.Errorf("in the metrics %q moves, want %q", got, f.counter)
				}
			})
		})
	}
}

// The SRTP master keys and salts of the two ways.
var (
	key      = []byte("0123456789abcdef0123456789abcd")
	otherKey = []byte("fedcba9876543210fedcba98765432")
)

// protect agrees on SRTP.
func protect(p *media.Params) {
	p.SRTP = &media.SRTPParams{Profile: media.AESCM128SHA1x80, TxKey: otherKey, RxKey: key}
}

// speakProtected sends a few packets as SRTP, which must be taken.
func (l *line) speakProtected() {
	ctx, err := srtp.CreateContext(key[:16], key[16:], srtp.ProtectionProfileAes128CmHmacSha1_80)
	if err != nil {
		l.t.Fatal(err)
	}
	for range 10 {
		if l.last, err = ctx.EncryptRTP(nil, l.packet(), nil); err != nil {
			l.t.Fatal(err)
		}
		l.phone.SendBytes(l.last, time.Now())
		l.skip()
		time.Sleep(bridge.TickInterval)
	}
	if n := l.numbers()["rx.packets"].(float64); n < 9 {
		l.t.Errorf("%v SRTP packets were taken, want 10", n)
	}
}

// bye is a compound packet that says BYE.
func (l *line) bye() []byte {
	b, err := rtcp.Marshal([]rtcp.Packet{&rtcp.ReceiverReport{SSRC: l.phone.Header.SSRC}, &rtcp.Goodbye{Sources: []uint32{l.phone.Header.SSRC}}})
	if err != nil {
		l.t.Fatal(err)
	}
	return b
}
