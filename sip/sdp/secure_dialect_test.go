package sdp

import (
	"strings"

	"partyline/bridge"
)

// Keys for tests.
var (
	key1 = "NzB4d1BINUAvLEw6UzF3WSJ+PSdFcGdUJShpX1Zj"
	key2 = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"
	gcm1 = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGw==" // 28 bytes
)

// Policies for tests.
var (
	optional = Policy{SRTP: SRTPOptional}
	required = Policy{SRTP: SRTPRequired}
)

// secureOffer is an offer with one audio line of PCMU and telephone-event.
func secureOffer(proto string, attrs ...string) string {
	return "v=0\no=- 1 1 IN IP4 198.51.100.2\ns=-\nc=IN IP4 198.51.100.2\nt=0 0\nm=audio 4000 " + proto +
		" 0 101\na=rtpmap:101 telephone-event/8000\n" + strings.Join(attrs, "\n") + "\n"
}

const snomOSRTP = `v=0
o=root 1437683838 1437683838 IN IP4 198.51.100.2
s=call
c=IN IP4 198.51.100.2
t=0 0
m=audio 4000 RTP/AVP 9 8 0 3 99 112 18 101
a=crypto:1 AES_CM_128_HMAC_SHA1_32 inline:KEY1
a=rtpmap:9 G722/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:3 GSM/8000
a=rtpmap:99 G726-32/8000
a=rtpmap:112 AAL2-G726-32/8000
a=rtpmap:18 G729/8000
a=fmtp:18 annexb=no
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-15
a=ptime:20
a=sendrecv
`

const yealinkBoth = `v=0
o=- 20084 20084 IN IP4 198.51.100.2
s=SDP data
c=IN IP4 198.51.100.2
t=0 0
m=audio 4000 RTP/SAVP 9 0 8 18 101
a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:KEY1
a=crypto:2 AES_CM_128_HMAC_SHA1_32 inline:KEY2
a=crypto:3 F8_128_HMAC_SHA1_80 inline:KEY2
a=rtpmap:9 G722/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:18 G729/8000
a=fmtp:18 annexb=no
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-15
a=ptime:20
a=sendrecv
m=audio 4000 RTP/AVP 9 0 8 18 101
a=rtpmap:9 G722/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-15
a=ptime:20
a=sendrecv
`

const linphone = `v=0
o=alice 3457 1902 IN IP4 198.51.100.2
s=Talk
c=IN IP4 198.51.100.2
t=0 0
a=rtcp-xr:rcvr-rtt=all:10000 stat-summary=loss,dup,jitt,TTL voip-metrics
a=record:off
m=audio 4000 RTP/SAVPF 96 97 98 0 8 101 99 100
a=rtpmap:96 opus/48000/2
a=fmtp:96 useinbandfec=1
a=rtpmap:97 speex/16000
a=fmtp:97 vbr=on
a=rtpmap:98 speex/8000
a=fmtp:98 vbr=on
a=rtpmap:101 telephone-event/48000
a=rtpmap:99 telephone-event/16000
a=rtpmap:100 telephone-event/8000
a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:KEY1
a=crypto:2 AES_CM_128_HMAC_SHA1_32 inline:KEY2
a=crypto:3 AES_256_CM_HMAC_SHA1_80 inline:n2bAWLDiCcJoqBr7JtNHMEfZKwHmNQvmOsDZSUSUfOvSKzvL7oLWOYyKiyWmYw==
a=crypto:4 AEAD_AES_128_GCM inline:GCM1
a=rtcp:4001
a=rtcp-fb:* trr-int 5000
a=rtcp-fb:* ccm tmmbr
`

const telnyx = `v=0
o=FreeSWITCH 1612199712 1612199713 IN IP4 198.51.100.2
s=FreeSWITCH
c=IN IP4 198.51.100.2
t=0 0
m=audio 4000 RTP/SAVP 9 0 8 101 13
a=rtpmap:9 G722/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-16
a=rtpmap:13 CN/8000
a=rtcp:4001 IN IP4 198.51.100.2
a=crypto:1 AEAD_AES_256_GCM_8 inline:n2bAWLDiCcJoqBr7JtNHMEfZKwHmNQvmOsDZSUSUfOvSKzvL7oLWOYyKiyU=
a=crypto:2 AEAD_AES_128_GCM_8 inline:GCM1
a=crypto:3 AES_CM_256_HMAC_SHA1_80 inline:n2bAWLDiCcJoqBr7JtNHMEfZKwHmNQvmOsDZSUSUfOvSKzvL7oLWOYyKiyWmYw==
a=crypto:5 AES_CM_128_HMAC_SHA1_80 inline:KEY1
a=crypto:8 AES_CM_128_HMAC_SHA1_32 inline:KEY2
a=crypto:9 AES_CM_128_NULL_AUTH inline:KEY2
a=ptime:20
`

const (
	cm80 = " AES_CM_128_HMAC_SHA1_80"
	cm32 = " AES_CM_128_HMAC_SHA1_32"
	gcm  = " AEAD_AES_128_GCM"
)

// secureDialects are offers with keys.
var secureDialects = []dialect{
	{name: "Yealink, SRTP and RTP lines, optional", policy: optional, offer: yealinkBoth,
		want: says("RTP/SAVP", "9 0 8 101", "crypto:1"+cm80) + "m=audio 0 RTP/AVP 9 0 8 18 101\n"},
	{name: "Yealink, SRTP and RTP lines, required", policy: required, offer: yealinkBoth,
		want: says("RTP/SAVP", "9 0 8 101", "crypto:1"+cm80) + "m=audio 0 RTP/AVP 9 0 8 18 101\n"},
	{name: "Yealink, SRTP and RTP lines, off", offer: yealinkBoth,
		want: "m=audio 0 RTP/SAVP 9 0 8 18 101\n" + wideDTMF},
	{name: "Snom, opportunistic, optional", policy: optional, offer: snomOSRTP,
		want: says("RTP/AVP", "9 8 0 101", "crypto:1"+cm32)},
	{name: "Snom, opportunistic, required", policy: required, offer: snomOSRTP,
		want: says("RTP/AVP", "9 8 0 101", "crypto:1"+cm32)},
	{name: "Snom, opportunistic, off", offer: snomOSRTP, want: says("RTP/AVP", "9 8 0 101")},
	{name: "Snom, SRTP alone, optional", policy: optional, want: says("RTP/SAVP", "8 0 101", "crypto:1"+cm32), offer: `v=0
o=root 1 1 IN IP4 198.51.100.2
s=call
c=IN IP4 198.51.100.2
t=0 0
m=audio 4000 RTP/SAVP 8 0 101
a=crypto:1 AES_CM_128_HMAC_SHA1_32 inline:KEY1
a=rtpmap:8 PCMA/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:101 telephone-event/8000
a=encryption:optional
`},
	{name: "Grandstream, 256 bits first, a lifetime", policy: required, want: says("RTP/SAVP", "0 8 101", "crypto:3"+cm80), offer: `v=0
o=1001 8000 8000 IN IP4 198.51.100.2
s=SIP Call
c=IN IP4 198.51.100.2
t=0 0
m=audio 4000 RTP/SAVP 0 8 18 101
a=sendrecv
a=rtpmap:0 PCMU/8000
a=ptime:20
a=rtpmap:8 PCMA/8000
a=rtpmap:18 G729/8000
a=fmtp:18 annexb=no
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-15
a=crypto:1 AES_256_CM_HMAC_SHA1_80 inline:n2bAWLDiCcJoqBr7JtNHMEfZKwHmNQvmOsDZSUSUfOvSKzvL7oLWOYyKiyWmYw==|2^32
a=crypto:2 AES_256_CM_HMAC_SHA1_32 inline:n2bAWLDiCcJoqBr7JtNHMEfZKwHmNQvmOsDZSUSUfOvSKzvL7oLWOYyKiyWmYw==|2^32
a=crypto:3 AES_CM_128_HMAC_SHA1_80 inline:KEY1|2^32
a=crypto:4 AES_CM_128_HMAC_SHA1_32 inline:KEY2|2^32
`},
	{name: "Polycom VVX, MKI on one line", policy: optional, want: says("RTP/SAVP", "9 0 8 127", "crypto:2"+cm80), offer: `v=0
o=- 1414164612 1414164612 IN IP4 198.51.100.2
s=Polycom IP Phone
c=IN IP4 198.51.100.2
b=AS:64
t=0 0
a=sendrecv
m=audio 4000 RTP/SAVP 9 0 8 127
a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:KEY2|2^31|1:4
a=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:KEY1
a=crypto:3 AES_CM_128_HMAC_SHA1_32 inline:KEY2
a=rtpmap:9 G722/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:127 telephone-event/8000
`},
	{name: "Linphone, SAVPF, our best suite comes last", policy: optional, offer: linphone,
		want: says("RTP/SAVPF", "96/opus 0 8 101/48000", "crypto:4"+gcm)},
	{name: "baresip, srtp-mand", policy: optional, want: says("RTP/SAVP", "96/opus 9 0 8 101", "crypto:2"+cm80, "rtcp-mux"), offer: `v=0
o=- 3518268574 1361366440 IN IP4 198.51.100.2
s=-
c=IN IP4 198.51.100.2
t=0 0
a=tool:baresip 3.10.1
m=audio 4000 RTP/SAVP 96 9 0 8 101
a=rtpmap:96 opus/48000/2
a=fmtp:96 stereo=1;sprop-stereo=1
a=rtpmap:9 G722/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-15
a=rtcp:4001
a=rtcp-mux
a=crypto:1 AES_CM_128_HMAC_SHA1_32 inline:KEY2
a=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:KEY1
a=sendrecv
a=ptime:20
`},
	{name: "Zoiper, secure", policy: required, want: says("RTP/SAVP", "106/opus 0 98/48000", "crypto:1"+cm80, "rtcp-mux"), offer: `v=0
o=Z 0 35614413 IN IP4 198.51.100.2
s=Z
c=IN IP4 198.51.100.2
t=0 0
m=audio 4000 RTP/SAVP 106 98 101 0 3
a=rtpmap:106 opus/48000/2
a=fmtp:106 sprop-maxcapturerate=16000; minptime=20; useinbandfec=1
a=rtpmap:98 telephone-event/48000
a=fmtp:98 0-16
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-16
a=sendrecv
a=rtcp-mux
a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:KEY1
a=crypto:2 AES_CM_128_HMAC_SHA1_32 inline:KEY2
`},
	{name: "Twilio trunk, secure", policy: required, want: says("RTP/SAVP", "0 8 101", "crypto:1"+cm80), offer: `v=0
o=root 1063184823 1063184823 IN IP4 198.51.100.2
s=Twilio Media Gateway
c=IN IP4 198.51.100.2
t=0 0
m=audio 4000 RTP/SAVP 0 8 101
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-16
a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:KEY1
a=ptime:20
a=maxptime:20
a=sendrecv
`},
	{name: "Telnyx trunk, the suites of FreeSWITCH", policy: optional, offer: telnyx,
		want: says("RTP/SAVP", "9 0 8 101", "crypto:5"+cm80)},
	{name: "Telnyx trunk, comfort noise", policy: Policy{SRTP: SRTPOptional, ComfortNoise: true}, offer: telnyx,
		want: says("RTP/SAVP", "9 0 8 101 13", "crypto:5"+cm80)},
	{name: "Teams behind an SBC, a lifetime", policy: Policy{SRTP: SRTPRequired, OwnOrder: true, Codecs: []bridge.Codec{bridge.PCMA, bridge.G722}},
		want: says("RTP/SAVP", "8 9 101", "crypto:1"+cm80, "rtcp-mux"), offer: `v=0
o=- 146853 0 IN IP4 198.51.100.2
s=session
c=IN IP4 198.51.100.2
b=CT:10000000
t=0 0
m=audio 4000 RTP/SAVP 104 9 103 111 18 0 8 97 101 13 118
c=IN IP4 198.51.100.2
a=rtcp:4001
a=ice-ufrag:bKN3
a=ice-pwd:Xo4t/Z0DeYYvQyh2VfV4VCm9
a=rtcp-mux
a=candidate:1 1 UDP 2130706431 198.51.100.2 4000 typ srflx raddr 10.0.0.4 rport 4000
a=label:main-audio
a=mid:1
a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:KEY1|2^31
a=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:KEY2|2^31|1:1
a=sendrecv
a=rtpmap:104 SILK/16000
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:101 telephone-event/8000
a=rtpmap:118 CN/16000
a=ptime:20
`},
	{name: "MKI alone, opportunistic", policy: optional, want: pcmuDTMF,
		offer: secureOffer("RTP/AVP", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:KEY1|2^31|1:1")},
	{name: "MKI alone, required", policy: required, want: "302",
		offer: secureOffer("RTP/AVP", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:KEY1|2^31|1:1")},
	{name: "plain, required", policy: required, want: "302", offer: secureOffer("RTP/AVP")},
	{name: "plain, optional", policy: optional, want: pcmuDTMF, offer: secureOffer("RTP/AVP")},
	{name: "SAVP without a key", policy: optional, want: "302", offer: secureOffer("RTP/SAVP")},
	{name: "SAVP, key of the session", policy: optional, want: "302",
		offer: strings.Replace(secureOffer("RTP/SAVP"), "t=0 0\n", "t=0 0\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:KEY1\n", 1)},
	{name: "SAVP with a broken key, RTP beside it", policy: optional, want: "m=audio 0 RTP/SAVP 0 101\n" + pcmu,
		offer: secureOffer("RTP/SAVP", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:KEY1A", "m=audio 4000 RTP/AVP 0")},
	{name: "RTP line first", policy: optional, want: "m=audio 0 RTP/AVP 0 101\n" + says("RTP/SAVP", "0", "crypto:7"+gcm),
		offer: secureOffer("RTP/AVP", "m=audio 4000 RTP/SAVP 0", "a=crypto:7 AEAD_AES_128_GCM inline:GCM1")},
	{name: "GCM without padding, names in other cases", policy: optional, want: says("rtp/savp", "0 101", "crypto:000000001"+gcm),
		offer: secureOffer("rtp/savp", "A=Crypto:000000001 aead_aes_128_gcm INLINE:"+strings.TrimRight(gcm1, "="))},
	{name: "DTLS", policy: optional, want: "302", offer: secureOffer("UDP/TLS/RTP/SAVP", "a=fingerprint:sha-256 75:74", "a=setup:actpass")},
	{name: "L16 of a studio", want: says("RTP/AVP", "96/L16/48000 9", "ptime:10"), offer: `v=0
o=- 1 1 IN IP4 198.51.100.2
s=-
c=IN IP4 198.51.100.2
t=0 0
m=audio 4000 RTP/AVP 97 11 10 96 9
a=rtpmap:97 L16/48000/2
a=rtpmap:96 L16/48000/1
a=ptime:20
`},
	{name: "L16 at 16 kHz, telephone-event at it", want: says("RTP/AVP", "96/L16/16000 102/16000"), offer: `v=0
o=- 1 1 IN IP4 198.51.100.2
s=-
c=IN IP4 198.51.100.2
t=0 0
m=audio 4000 RTP/AVP 96 101 102
a=rtpmap:96 L16/16000
a=rtpmap:101 telephone-event/8000
a=rtpmap:102 telephone-event/16000
`},
	{name: "Opus, telephone-event at 8 kHz alone, ptime 60", want: says("RTP/AVP", "111/opus 101"), offer: `v=0
o=- 1 1 IN IP4 198.51.100.2
s=-
c=IN IP4 198.51.100.2
t=0 0
m=audio 4000 RTP/AVP 111 101
a=rtpmap:111 OPUS/48000
a=rtpmap:101 telephone-event/8000
a=ptime:60
`},
	{name: "comfort noise as offered", policy: Policy{ComfortNoise: true}, want: says("RTP/AVP", "0 13"), offer: `v=0
o=- 1 1 IN IP4 198.51.100.2
s=-
c=IN IP4 198.51.100.2
t=0 0
m=audio 4000 RTP/AVP 0 13 19
a=rtpmap:19 CN/8000
`},
	{name: "comfort noise beside Opus", policy: Policy{ComfortNoise: true}, want: says("RTP/AVP", "96/opus 0"), offer: `v=0
o=- 1 1 IN IP4 198.51.100.2
s=-
c=IN IP4 198.51.100.2
t=0 0
m=audio 4000 RTP/AVP 96 0 13
a=rtpmap:96 opus/48000/2
`},
	{name: "our order", policy: Policy{OwnOrder: true}, want: says("RTP/AVP", "96/opus 9 0 8"), offer: `v=0
o=- 1 1 IN IP4 198.51.100.2
s=-
c=IN IP4 198.51.100.2
t=0 0
m=audio 4000 RTP/AVP 8 0 9 96
a=rtpmap:96 opus/48000/2
`},
	{name: "no wideband allowed", policy: Policy{Codecs: []bridge.Codec{bridge.PCMU, bridge.PCMA}}, want: says("RTP/AVP", "8 0"), offer: `v=0
o=- 1 1 IN IP4 198.51.100.2
s=-
c=IN IP4 198.51.100.2
t=0 0
m=audio 4000 RTP/AVP 96 9 8 0
a=rtpmap:96 opus/48000/2
`},
}
