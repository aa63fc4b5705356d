package quality

import (
	"bytes"
	"net/netip"
	"time"

	"github.com/pion/srtp/v3"

	"partyline/media"
	"partyline/media/netsim"
)

// secureCases are about SRTP.
func secureCases() []Case {
	return []Case{{ID: "R39", Sent: "SRTP in three suites: a bad tag, a replay, plain RTP, roll-over, a new key", Run: secure}}
}

// suites are the protections, and what the phone's library calls them.
var suites = []struct {
	name    string
	profile media.SRTPProfile
	phone   srtp.ProtectionProfile
	salt    int
}{
	{"AES_CM_128_HMAC_SHA1_80", media.AESCM128SHA1x80, srtp.ProtectionProfileAes128CmHmacSha1_80, 14},
	{"AES_CM_128_HMAC_SHA1_32", media.AESCM128SHA1x32, srtp.ProtectionProfileAes128CmHmacSha1_32, 14},
	{"AEAD_AES_128_GCM", media.AEADAES128GCM, srtp.ProtectionProfileAeadAes128Gcm, 12},
}

func secure(t *Trial) {
	for _, s := range suites {
		t.part(s.name)
		c := newSecureCall(s.profile, s.phone, s.salt)
		c.run(100) // the sequence wraps at 36
		holes := c.silent
		last := append([]byte(nil), c.last...)
		c.inject(last)
		last[3]++ // one that was not sent, under the tag of another
		c.inject(last)
		c.phone.SendRaw(c.phone.Header, pcmuFrame(), c.now) // plain
		c.run(50)
		c.rekey(2)
		c.run(100)
		s := c.leg.Stats().Rx
		t.equal("holes before", holes, 0)
		t.equal("after", c.silent-holes, 0)
		t.equal("replayed", int(s.Replayed), 1)
		t.equal("unauthentic", int(s.Unauthentic), 2)
		t.equal("lost", int(s.Lost), 0)
	}
}

// secureCall is a leg and a phone that protects what it sends.
type secureCall struct {
	came    media.Datagram
	now     time.Time
	net     *netsim.Network
	leg     *media.Leg
	phone   *netsim.Phone
	profile media.SRTPProfile
	suite   srtp.ProtectionProfile
	salt    int
	context *srtp.Context
	voice   *clip
	at      int
	last    []byte
	silent  int // frames without voice since the beginning
	ticks   int
}

func newSecureCall(p media.SRTPProfile, suite srtp.ProtectionProfile, salt int) *secureCall {
	c := &secureCall{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), profile: p, suite: suite, salt: salt, voice: noise(1)}
	c.net = netsim.New(func() time.Time { return c.now }, 1)
	rtp, rtcp, err := c.net.Open()
	if err != nil {
		panic(err)
	}
	c.leg = media.NewLeg(media.LegConfig{RTP: rtp, RTCP: rtcp, SSRC: 1})
	c.phone = netsim.NewPhone(c.net, netip.MustParseAddrPort("127.0.0.2:4000"), media.PCMU, nil)
	c.phone.Header.SequenceNumber = 65500
	c.phone.Call(c.leg.LocalAddr())
	c.rekey(1)
	return c
}

// rekey lets phone and leg agree on a new key, as a re-INVITE does.
func (c *secureCall) rekey(n byte) {
	key := make([]byte, 16+c.salt)
	for i := range key {
		key[i] = byte(i)*7 + n
	}
	var err error
	if c.context, err = srtp.CreateContext(key[:16], key[16:], c.suite); err != nil {
		panic(err)
	}
	p := c.phone.Params()
	p.Direction = media.RecvOnly
	p.SRTP = &media.SRTPParams{Profile: c.profile, RxKey: key, TxKey: bytes.Repeat([]byte{n}, len(key))}
	c.leg.Configure(netsim.Setup(p), c.now)
}

// run lets ticks pass.
func (c *secureCall) run(ticks int) {
	var pcm [frame]int16
	for range ticks {
		c.now = c.now.Add(13 * time.Millisecond)
		c.speak()
		c.now = c.now.Add(7 * time.Millisecond)
		c.leg.Receive(c.now, &c.came)
		if !c.leg.ReadFrame(pcm[:]) && c.ticks > 3 {
			c.silent++
		}
		c.leg.WriteFrame(nil, c.now)
		c.ticks++
	}
}

func (c *secureCall) speak() {
	h := c.phone.Header
	plain, err := h.Marshal()
	if err != nil {
		panic(err)
	}
	at := c.at % len(c.voice.codes)
	plain = append(plain, c.voice.codes[at:at+frame]...)
	c.at += frame
	if c.last, err = c.context.EncryptRTP(nil, plain, nil); err != nil {
		panic(err)
	}
	c.inject(c.last)
	c.phone.Header.SequenceNumber++
	c.phone.Header.Timestamp += frame
}

func (c *secureCall) inject(b []byte) { c.phone.SendBytes(b, c.now) }
