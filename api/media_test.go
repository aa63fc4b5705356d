package api

import (
	"net/netip"
	"testing"
	"time"

	"partyline/bridge"
	"partyline/media"
	"partyline/media/netsim"
)

// TestLiveMedia: the numbers of a participant tell what came from its phone,
// in both vendors' shapes, and nothing to strangers.
func TestLiveMedia(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		leg, err := s.bridge.OpenLeg()
		if err != nil {
			t.Fatal(err)
		}
		phone := netsim.NewPhone(s.net, netip.MustParseAddrPort("127.1.0.99:4000"), media.PCMU, func(dst []int16) {
			for i := range dst {
				dst[i] = int16(8000 * (1 - i%8/4*2))
			}
		})
		phone.Call(leg.LocalAddr())
		o := bridge.DefaultStartOptions()
		o.Label = "alice"
		_, err = s.bridge.Join(t.Context(), bridge.JoinRequest{
			Account: sidB, Conference: "sales", Direction: "inbound", Options: o,
			Leg: leg, Media: phone.Params(), Call: &hangups{},
		})
		if err != nil {
			t.Fatal(err)
		}
		for range 100 {
			phone.Tick(time.Now())
			s.pass(bridge.TickInterval)
		}
		for _, path := range []string{sales + "/Participants/alice/Media", "/2010-04-01/Accounts/acct-1/Conferences/sales/Participants/alice/Media.json"} {
			m := s.get(path).want(200).has("label", "alice").has("codec", "PCMU").body
			rx, tx := m["rx"].(map[string]any), m["tx"].(map[string]any)
			if n := rx["packets"].(float64); n < 95 || n > 105 {
				t.Errorf("%s: %v packets came, want about 100", path, n)
			}
			if n := tx["packets"].(float64); n < 95 || n > 105 || tx["destination"] != phone.Addr().String() {
				t.Errorf("%s: %v packets went to %v", path, n, tx["destination"])
			}
			if rx["lost"].(float64) != 0 || rx["source"] != phone.Addr().String() {
				t.Errorf("%s: rx %v", path, rx)
			}
			if mos, level := m["mos"].(float64), m["level_dbov"].(float64); mos < 4.3 || level < -14 || level > -10 {
				t.Errorf("%s: MOS %v, level %v", path, mos, level)
			}
		}
		s.get(sales + "/Participants/nobody/Media").want(404)
		s.get(sales + "/Participants/alice/Audio").want(404)
		s.post(sales+"/Participants/alice/Media", "").want(405)
	})
}
