package sdp

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"

	"partyline/bridge"
)

// peerOf is the state of a peer of ours that made the offer in text, which n
// answers, before it has read the answer.
func peerOf(t *testing.T, text []byte, n Negotiation) Negotiation {
	t.Helper()
	d, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	m := d.media[n.audio]
	peer := New(local, Policy{SRTP: SRTPOptional, ComfortNoise: true})
	peer.lines, peer.audio, peer.version = d.lines(), n.audio, 1
	peer.offered = proposal{keys: m.crypto, comfort: true}
	for _, f := range m.formats {
		if c := f.codec(); c != bridge.NoCodec {
			peer.offered.codecs = append(peer.offered.codecs, bridge.PayloadCodec{Type: f.payloadType, Codec: c})
		}
		if f.isDTMF() {
			peer.offered.dtmf = append(peer.offered.dtmf, f)
		}
	}
	return peer
}

// wantAcceptable checks that a peer like us can read the answer of n to an
// offer, and comes to the same conclusions.
func wantAcceptable(t *testing.T, offer []byte, n Negotiation) {
	t.Helper()
	if !n.Params().Remote.IsValid() && n.Params().Tx.Codec == bridge.NoCodec {
		return // closed
	}
	peer, err := peerOf(t, offer, n).Accept(n.Body())
	if err != nil {
		t.Fatalf("the answer is not acceptable: %v\n%s", err, n.Body())
	}
	wantMirrored(t, n.Params(), peer.Params())
}

// wantMirrored checks that both ends of a call do what the other one expects.
func wantMirrored(t *testing.T, a, b bridge.MediaParams) {
	t.Helper()
	for _, ends := range [][2]bridge.MediaParams{{a, b}, {b, a}} {
		x, y := ends[0], ends[1]
		found := false
		for _, c := range y.Rx {
			found = found || c == x.Tx
		}
		if !found {
			t.Errorf("one end sends %v, the other takes %v", x.Tx, y.Rx)
		}
		if x.DTMFTx != y.DTMFRx || x.DTMFClock != y.DTMFClock {
			t.Errorf("telephone-event %d at %d sent, %d at %d taken", x.DTMFTx, x.DTMFClock, y.DTMFRx, y.DTMFClock)
		}
		if x.RTCPMux != y.RTCPMux {
			t.Errorf("rtcp-mux at one end")
		}
		switch p, q := x.SRTP, y.SRTP; {
		case (p == nil) != (q == nil):
			t.Errorf("SRTP at one end")
		case p != nil && (p.Profile != q.Profile || !bytes.Equal(p.TxKey, q.RxKey) || bytes.Equal(p.TxKey, p.RxKey)):
			t.Errorf("keys that do not fit")
		}
	}
}

// randomPolicy is any policy with some codecs in some order.
func randomPolicy(r *rand.Rand) Policy {
	codecs := DefaultCodecs()
	r.Shuffle(len(codecs), func(i, j int) { codecs[i], codecs[j] = codecs[j], codecs[i] })
	return Policy{
		Codecs:       codecs[:1+r.IntN(len(codecs))],
		OwnOrder:     r.IntN(2) == 0,
		ComfortNoise: r.IntN(2) == 0,
		SRTP:         SRTP(r.IntN(3)),
	}
}

// TestOwnOffers plays calls between two of us with policies of all kinds: what
// one offers without having been asked the other answers, and then both agree,
// over again in either direction.
func TestOwnOffers(t *testing.T) {
	agreed, secured := 0, 0
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 1))
		a := New(ports("192.0.2.1:20000"), randomPolicy(r))
		b := New(ports("192.0.2.2:30000"), randomPolicy(r))
		for turn := range 4 {
			offering := a.Offer()
			answering, err := b.Answer(offering.Body())
			var u *Unacceptable
			if errors.As(err, &u) && turn == 0 {
				break // nothing in common
			}
			if err != nil {
				t.Fatalf("seed %d, turn %d: %v\n%s", seed, turn, err, offering.Body())
			}
			accepted, err := offering.Accept(answering.Body())
			if err != nil {
				t.Fatalf("seed %d, turn %d: %v\n%s\n%s", seed, turn, err, offering.Body(), answering.Body())
			}
			wantMirrored(t, accepted.Params(), answering.Params())
			if t.Failed() {
				t.Fatalf("seed %d, turn %d:\n%s\n%s", seed, turn, offering.Body(), answering.Body())
			}
			if turn > 0 && (a.secure == nil) != (accepted.secure == nil) {
				t.Fatalf("seed %d: the protection came or went", seed)
			}
			if turn > 0 && a.secure != nil && !a.secure.tx.equal(accepted.secure.tx) && !a.secure.tx.equal(accepted.secure.rx) {
				t.Fatalf("seed %d: the key changed", seed)
			}
			if a.secure != nil {
				secured++
			}
			agreed++
			a, b = answering, accepted
		}
	}
	if agreed < 4000 || secured < 1000 {
		t.Errorf("only %d agreements, %d of them secure", agreed, secured)
	}
}
