package sdp

import (
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// dialect is an offer in the shape in which a kind of phone, switch or carrier
// writes it, and the answer from the first media line on, its own key replaced
// by KEY; or the Warning of the 488, as "305". Descriptions are written one line
// after the other; KEY1, KEY2 and GCM1 in them stand for keys.
type dialect struct {
	name, offer, want string
	remote            string // where RTP goes, "" for 198.51.100.2:4000
	policy            Policy
}

// Answers that occur often.
var (
	pcmu     = says("RTP/AVP", "0")
	pcmuDTMF = says("RTP/AVP", "0 101")
	bothDTMF = says("RTP/AVP", "0 8 101")
	euroDTMF = says("RTP/AVP", "8 0 101")
	wideDTMF = says("RTP/AVP", "9 0 8 101")
)

var dialects = []dialect{
	{name: "Cisco desk phone", want: says("RTP/AVP", "114/opus 9 0 8 101"), offer: `v=0
o=Cisco-SIPUA 11382 0 IN IP4 198.51.100.2
s=SIP Call
b=AS:4064
t=0 0
m=audio 4000 RTP/AVP 114 9 124 0 8 116 18 101
c=IN IP4 198.51.100.2
b=TIAS:64000
a=rtpmap:114 opus/48000/2
a=fmtp:114 maxplaybackrate=16000;sprop-maxcapturerate=16000;maxaveragebitrate=64000;stereo=0;sprop-stereo=0;usedtx=0
a=rtpmap:9 G722/8000
a=rtpmap:124 ISAC/16000
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:116 iLBC/8000
a=fmtp:116 mode=20
a=rtpmap:18 G729/8000
a=fmtp:18 annexb=yes
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-15
a=sendrecv
`},
	{name: "Cisco IOS gateway", want: pcmuDTMF, offer: `v=0
o=CiscoSystemsSIP-GW-UserAgent 7281 2354 IN IP4 198.51.100.2
s=SIP Call
c=IN IP4 198.51.100.2
t=0 0
m=audio 4000 RTP/AVP 18 0 101 19
c=IN IP4 198.51.100.2
a=rtpmap:18 G729/8000
a=fmtp:18 annexb=no
a=rtpmap:0 PCMU/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-16
a=rtpmap:19 CN/8000
a=ptime:20
`},
	{name: "Cisco CUCM, Expressway lines", want: pcmuDTMF + "m=video 0 RTP/AVP 126 97\nm=application 0 UDP/BFCP *\nm=application 0 RTP/AVP 107\n", offer: `v=0
o=CiscoSystemsCCM-SIP 2001 1 IN IP4 198.51.100.9
s=SIP Call
c=IN IP4 198.51.100.2
b=TIAS:6000000
b=AS:6000
t=0 0
a=cisco-mari:v1
a=cisco-mari-rate
m=audio 4000 RTP/AVP 108 0 101
a=rtpmap:108 MP4A-LATM/90000
a=fmtp:108 bitrate=128000;profile-level-id=25;object=23
a=rtpmap:0 PCMU/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-15
a=trafficclass:conversational.audio.immersive.aq:admitted
m=video 5402 RTP/AVP 126 97
b=TIAS:6000000
a=label:11
a=rtpmap:126 H264/90000
a=fmtp:126 profile-level-id=428016;packetization-mode=1
a=rtpmap:97 H264/90000
a=content:main
a=rtcp-fb:* nack pli
m=application 5406 UDP/BFCP *
a=floorctrl:c-s
a=confid:1
a=floorid:2 m-stream:12
a=userid:2
m=application 5408 RTP/AVP 107
a=rtpmap:107 H224/4800
`},
	{name: "Polycom VVX", want: says("RTP/AVP", "9 0 8 127"), offer: `v=0
o=- 1414164612 1414164612 IN IP4 198.51.100.2
s=Polycom IP Phone
c=IN IP4 198.51.100.2
b=AS:64
t=0 0
a=sendrecv
m=audio 4000 RTP/AVP 9 102 0 8 18 127
a=rtpmap:9 G722/8000
a=rtpmap:102 G7221/16000
a=fmtp:102 bitrate=32000
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:18 G729/8000
a=fmtp:18 annexb=no
a=rtpmap:127 telephone-event/8000
`},
	{name: "Yealink", want: wideDTMF, offer: `v=0
o=- 20083 20083 IN IP4 198.51.100.2
s=SDP data
c=IN IP4 198.51.100.2
t=0 0
m=audio 4000 RTP/AVP 9 0 8 18 101
a=rtpmap:9 G722/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:18 G729/8000
a=fmtp:18 annexb=no
a=fmtp:101 0-15
a=rtpmap:101 telephone-event/8000
a=ptime:20
a=sendrecv
`},
	{name: "Yealink, SRTP optional", want: "m=audio 0 RTP/SAVP 0 8 101\n" + bothDTMF, offer: `v=0
o=- 20084 20084 IN IP4 198.51.100.2
s=SDP data
c=IN IP4 198.51.100.2
t=0 0
m=audio 4000 RTP/SAVP 0 8 101
a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:NzB4d1BINUAvLEw6UzF3WSJ+PSdFcGdUJShpX1Zj
a=crypto:2 AES_CM_128_HMAC_SHA1_32 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:101 telephone-event/8000
a=ptime:20
a=sendrecv
m=audio 4000 RTP/AVP 0 8 101
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-15
a=ptime:20
a=sendrecv
`},
	{name: "Grandstream", want: says("RTP/AVP", "0 8 9 101"), offer: `v=0
o=1001 8000 8000 IN IP4 198.51.100.2
s=SIP Call
c=IN IP4 198.51.100.2
t=0 0
m=audio 4000 RTP/AVP 0 8 4 18 2 97 9 3 101
a=sendrecv
a=rtpmap:0 PCMU/8000
a=ptime:20
a=rtpmap:8 PCMA/8000
a=rtpmap:4 G723/8000
a=rtpmap:18 G729/8000
a=fmtp:18 annexb=no
a=rtpmap:2 G726-32/8000
a=rtpmap:97 iLBC/8000
a=fmtp:97 mode=20
a=rtpmap:9 G722/8000
a=rtpmap:3 GSM/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-15
`},
	{name: "Snom, crypto on RTP/AVP", want: says("RTP/AVP", "9 8 0 101"), offer: `v=0
o=root 1437683838 1437683838 IN IP4 198.51.100.2
s=call
c=IN IP4 198.51.100.2
t=0 0
m=audio 4000 RTP/AVP 9 8 0 3 99 112 18 101
a=crypto:1 AES_CM_128_HMAC_SHA1_32 inline:v7cC0W7ZMeR3h4pDXXnIBFxSlWlNcFcN0i2C9Ebw
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
`},
	{name: "Snom, SRTP alone", want: "302", offer: `v=0
o=root 1 1 IN IP4 198.51.100.2
s=call
c=IN IP4 198.51.100.2
t=0 0
m=audio 4000 RTP/SAVP 8 0 101
a=crypto:1 AES_CM_128_HMAC_SHA1_32 inline:v7cC0W7ZMeR3h4pDXXnIBFxSlWlNcFcN0i2C9Ebw
a=rtpmap:8 PCMA/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:101 telephone-event/8000
a=encryption:optional
`},
	{name: "Zoiper", want: says("RTP/AVP", "106/opus 9 0 8 98/48000", "rtcp-mux"), offer: `v=0
o=Z 0 35614413 IN IP4 198.51.100.2
s=Z
c=IN IP4 198.51.100.2
t=0 0
m=audio 4000 RTP/AVP 106 9 98 101 0 8 3
a=rtpmap:106 opus/48000/2
a=fmtp:106 sprop-maxcapturerate=16000; minptime=20; useinbandfec=1
a=rtpmap:98 telephone-event/48000
a=fmtp:98 0-16
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-16
a=sendrecv
a=rtcp-mux
`},
	{name: "Linphone, AVPF, both clocks of telephone-event", want: says("RTP/AVPF", "96/opus 0 8 101/48000", "rtcp-mux") + "m=video 0 RTP/AVPF 96 97\n", offer: `v=0
o=alice 2117 3346 IN IP4 198.51.100.2
s=Talk
c=IN IP4 198.51.100.2
t=0 0
a=ice-pwd:a83b7fa8d1c7e2a5f8bd1a0a
a=ice-ufrag:b1f0ed3f
a=rtcp-xr:rcvr-rtt=all:10000 stat-summary=loss,dup,jitt,TTL voip-metrics
a=record:off
m=audio 4000 RTP/AVPF 96 97 98 0 8 18 101 99 100
a=rtpmap:96 opus/48000/2
a=fmtp:96 useinbandfec=1
a=rtpmap:97 speex/16000
a=fmtp:97 vbr=on
a=rtpmap:98 speex/8000
a=fmtp:98 vbr=on
a=fmtp:18 annexb=yes
a=rtpmap:101 telephone-event/48000
a=rtpmap:99 telephone-event/16000
a=rtpmap:100 telephone-event/8000
a=rtcp-mux
a=rtcp:4001
a=candidate:1 1 UDP 2130706303 198.51.100.2 4000 typ host
a=candidate:1 2 UDP 2130706302 198.51.100.2 4001 typ host
a=rtcp-fb:* trr-int 1000
a=rtcp-fb:* ccm tmmbr
m=video 9078 RTP/AVPF 96 97
a=rtpmap:96 VP8/90000
a=rtpmap:97 H264/90000
a=fmtp:97 profile-level-id=42801F
`},
	{name: "Asterisk", want: says("RTP/AVP", "0 8 9 101"), offer: `v=0
o=- 1045214513 1045214513 IN IP4 198.51.100.2
s=Asterisk
c=IN IP4 198.51.100.2
t=0 0
m=audio 4000 RTP/AVP 0 8 9 101
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:9 G722/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-16
a=ptime:20
a=maxptime:140
a=sendrecv
`},
	{name: "Asterisk, maxptime 150", want: bothDTMF, offer: `v=0
o=root 1821 1821 IN IP4 198.51.100.2
s=Asterisk PBX 13.38.3
c=IN IP4 198.51.100.2
t=0 0
m=audio 4000 RTP/AVP 0 8 3 101
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:3 GSM/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-16
a=maxptime:150
a=sendrecv
`},
	{name: "FreeSWITCH", want: says("RTP/AVP", "102/opus 9 0 8 103/48000") + "m=video 0 RTP/AVP 31\n", offer: `v=0
o=FreeSWITCH 1565089875 1565089876 IN IP4 198.51.100.2
s=FreeSWITCH
c=IN IP4 198.51.100.2
t=0 0
m=audio 4000 RTP/AVP 102 9 0 8 103 101
a=rtpmap:102 opus/48000/2
a=fmtp:102 useinbandfec=1; maxaveragebitrate=30000; maxplaybackrate=48000; ptime=20; minptime=10; maxptime=40
a=rtpmap:9 G722/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:103 telephone-event/48000
a=fmtp:103 0-16
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-16
a=ptime:20
a=sendrecv
a=rtcp:4001 IN IP4 198.51.100.2
m=video 22222 RTP/AVP 31
`},
	{name: "Twilio", want: bothDTMF, offer: `v=0
o=root 1063184823 1063184823 IN IP4 198.51.100.2
s=Twilio Media Gateway
c=IN IP4 198.51.100.2
t=0 0
m=audio 4000 RTP/AVP 0 8 101
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-16
a=ptime:20
a=maxptime:20
a=sendrecv
`},
	{name: "Telnyx", want: wideDTMF, offer: `v=0
o=FreeSWITCH 1612199712 1612199713 IN IP4 198.51.100.2
s=FreeSWITCH
c=IN IP4 198.51.100.2
t=0 0
m=audio 4000 RTP/AVP 9 0 8 18 101 13
a=rtpmap:9 G722/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:18 G729/8000
a=fmtp:18 annexb=no
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-16
a=rtpmap:13 CN/8000
a=ptime:20
a=rtcp:4001
`},
	{name: "rtpengine", want: euroDTMF, offer: `v=0
o=- 3825 3825 IN IP4 198.51.100.2
s=-
c=IN IP4 198.51.100.2
t=0 0
m=audio 4000 RTP/AVP 8 0 101
a=mid:0
a=ssrc:2391239812 cname:A5n7qDbmqhk2nM0a
a=msid:- 3b1d0a1f-9f3a
a=rtpmap:8 PCMA/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-16
a=sendrecv
a=rtcp:4001
a=rtcp-mux-only:x
`},
	{name: "rtpproxy's mark behind the media", want: pcmu, offer: `v=0
o=- 1 1 IN IP4 10.0.0.9
s=-
c=IN IP4 198.51.100.2
t=0 0
m=audio 4000 RTP/AVP 0
a=nortpproxy:yes
`},
	{name: "Teams behind an SBC that leaves ICE and SRTP in", want: "302", offer: `v=0
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
a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:CzzZVbKNZ0QZGVq5e7u0j3P6V4A0GpkOTpbVJ9VR|2^31
a=sendrecv
a=rtpmap:104 SILK/16000
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:101 telephone-event/8000
a=ptime:20
`},
	{name: "Teams, Direct Routing SBC in between", want: euroDTMF, offer: `v=0
o=AudiocodesGW 1590 1591 IN IP4 198.51.100.2
s=Phone-Call
c=IN IP4 198.51.100.2
t=0 0
a=sendrecv
m=audio 4000 RTP/AVP 8 0 101 13
c=IN IP4 198.51.100.2
a=ptime:20
a=sendrecv
a=rtpmap:8 PCMA/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-15
a=rtpmap:13 CN/8000
a=rtcp:4001 IN IP4 198.51.100.2
`},
	{name: "fax as a second line", want: pcmuDTMF + "m=image 0 udptl t38\n", offer: `v=0
o=- 1 1 IN IP4 198.51.100.2
s=-
c=IN IP4 198.51.100.2
t=0 0
m=audio 4000 RTP/AVP 0 101
a=rtpmap:101 telephone-event/8000
m=image 4002 udptl t38
a=T38FaxVersion:0
a=T38MaxBitRate:14400
a=T38FaxRateManagement:transferredTCF
a=T38FaxUdpEC:t38UDPRedundancy
`},
	{name: "fax alone", want: "304", offer: `v=0
o=- 1 2 IN IP4 198.51.100.2
s=-
c=IN IP4 198.51.100.2
t=0 0
m=image 4002 udptl t38
a=T38FaxVersion:0
a=T38MaxBitRate:14400
`},
	{name: "audio closed in favour of fax", want: "304", offer: `v=0
o=- 1 2 IN IP4 198.51.100.2
s=-
c=IN IP4 198.51.100.2
t=0 0
m=audio 0 RTP/AVP 0
m=image 4002 UDPTL t38
`},
	{name: "browser by way of a gateway", want: "302", offer: `v=0
o=- 4611731400430051336 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0
a=extmap-allow-mixed
a=msid-semantic: WMS
m=audio 9 UDP/TLS/RTP/SAVPF 111 63 0 8 110 126
c=IN IP4 0.0.0.0
a=rtcp:9 IN IP4 0.0.0.0
a=ice-ufrag:4ZcD
a=ice-options:trickle
a=fingerprint:sha-256 75:74:5A:A6:A4:E5:52:F4:A7:67:4C:01:C7:EE:91:3F:21:3D:A2:E3:53:7B:6F:30:86:F2:30:AA:65:FB:04:24
a=setup:actpass
a=rtpmap:111 opus/48000/2
a=rtpmap:0 PCMU/8000
`},
	{name: "ICE and DTLS left in plain RTP", want: says("RTP/AVP", "0 126", "rtcp-mux"), offer: `v=0
o=- 46117 2 IN IP4 198.51.100.2
s=-
c=IN IP4 198.51.100.2
t=0 0
a=group:BUNDLE audio
m=audio 4000 RTP/AVP 0 110 126
a=ice-ufrag:4ZcD
a=ice-pwd:2/1muCWoOi3uLifh0NuRHlZZ
a=fingerprint:sha-256 75:74:5A:A6:A4:E5
a=setup:actpass
a=mid:audio
a=rtcp-mux
a=candidate:0 1 UDP 2122252543 10.1.1.1 50000 typ host
a=rtpmap:0 PCMU/8000
a=rtpmap:110 telephone-event/48000
a=rtpmap:126 telephone-event/8000
a=ssrc:1399694169 cname:foo
a=ssrc:1399694169 msid:a b
a=end-of-candidates
`},
	{name: "ptime 10", want: says("RTP/AVP", "0", "ptime:10"), offer: `v=0
o=- 1 1 IN IP4 198.51.100.2
s=-
c=IN IP4 198.51.100.2
t=0 0
m=audio 4000 RTP/AVP 0
a=ptime:10
`},
	{name: "ptime 30, no rtpmap anywhere", want: says("RTP/AVP", "0 8", "ptime:30"), offer: `v=0
o=- 1 1 IN IP4 198.51.100.2
s=-
c=IN IP4 198.51.100.2
t=0 0
m=audio 4000 RTP/AVP 18 4 0 8
a=ptime:30
`},
	{name: "maxptime 30 behind ptime 60", want: says("RTP/AVP", "0", "ptime:30"), offer: `v=0
o=- 1 1 IN IP4 198.51.100.2
s=-
c=IN IP4 198.51.100.2
t=0 0
m=audio 4000 RTP/AVP 0
a=ptime:60
a=maxptime:30
`},
	{name: "telephone-event without rtpmap", want: says("RTP/AVP", "0 8"), offer: `v=0
o=- 1 1 IN IP4 198.51.100.2
s=-
c=IN IP4 198.51.100.2
t=0 0
m=audio 4000 RTP/AVP 0 8 18 101
`},
	{name: "telephone-event at 48 kHz alone", want: says("RTP/AVP", "96/opus 0 101/48000"), offer: `v=0
o=- 1 1 IN IP4 198.51.100.2
s=-
c=IN IP4 198.51.100.2
t=0 0
m=audio 4000 RTP/AVP 96 0 101
a=rtpmap:96 opus/48000/2
a=rtpmap:101 telephone-event/48000
a=fmtp:101 0-15
`},
	{name: "names in other cases", want: says("rtp/avp", "0 101"), offer: `v=0
o=- 1 1 in ip4 198.51.100.2
s=-
c=in ip4 198.51.100.2
t=0 0
m=AUDIO 4000 rtp/avp 0 101
a=RTPMAP:0 pcmu/8000
a=rtpmap:101 Telephone-Event/8000
`},
	{name: "IPv6", want: "300", offer: `v=0
o=- 1 1 IN IP6 2001:db8::5
s=-
c=IN IP6 2001:db8::5
t=0 0
m=audio 4000 RTP/AVP 0
`},
	{name: "IPv6 above, IPv4 at the line", want: pcmu, offer: `v=0
o=- 1 1 IN IP6 2001:db8::5
s=-
c=IN IP6 2001:db8::5
t=0 0
m=audio 4000 RTP/AVP 0
c=IN IP4 198.51.100.2
`},
	{name: "IPv4 in IPv6's clothes", want: pcmu, offer: `v=0
o=- 1 1 IN IP6 ::ffff:198.51.100.2
s=-
c=IN IP6 ::ffff:198.51.100.2
t=0 0
m=audio 4000 RTP/AVP 0
`},
	{name: "dual stack as alternatives", want: "m=audio 0 RTP/AVP 0\n" + pcmu, offer: `v=0
o=- 1 1 IN IP4 198.51.100.2
s=-
t=0 0
a=group:ANAT 1 2
m=audio 4000 RTP/AVP 0
c=IN IP6 2001:db8::5
a=mid:1
m=audio 4000 RTP/AVP 0
c=IN IP4 198.51.100.2
a=mid:2
`},
	{name: "host name in c=", want: "301", offer: `v=0
o=- 1 1 IN IP4 gw.example.com
s=-
c=IN IP4 gw.example.com
t=0 0
m=audio 4000 RTP/AVP 0
`},
	{name: "several c= at the line", want: pcmu, offer: `v=0
o=- 1 1 IN IP4 203.0.113.1
s=-
c=IN IP4 203.0.113.1
t=0 0
m=audio 4000 RTP/AVP 0
c=IN IP4 198.51.100.2
c=IN IP4 203.0.113.7
`},
	{name: "RTCP elsewhere and rtcp-mux", want: says("RTP/AVP", "0", "rtcp-mux"), offer: `v=0
o=- 1 1 IN IP4 198.51.100.2
s=-
c=IN IP4 198.51.100.2
t=0 0
m=audio 4000 RTP/AVP 0
a=rtcp:53020 IN IP4 126.16.64.4
a=rtcp-mux
`},
	{name: "held by a Cisco proxy", remote: "invalid AddrPort", want: says("RTP/AVP", "0", "inactive"), offer: `v=0
o=- 1 1 IN IP4 198.51.100.2
s=-
c=IN IP4 0.0.0.0
t=0 0
m=audio 4000 RTP/AVP 0
a=inactive
`},
}

// says is the answer that agrees to formats: static payload types, dynamic ones
// with what they stand for, and telephone-event, at 8 kHz unless it says
// otherwise. Attributes change a=ptime and a=sendrecv, or are added.
func says(proto, formats string, attrs ...string) string {
	var types, keys, maps, mux string
	ptime, direction := "a=ptime:20\n", "a=sendrecv\n"
	for _, a := range attrs {
		switch line := "a=" + a + "\n"; {
		case strings.HasPrefix(a, "crypto:"):
			keys += "a=" + a + " inline:KEY\n"
		case strings.HasPrefix(a, "ptime:"):
			ptime = line
		case a == "rtcp-mux":
			mux = line
		default:
			direction = line
		}
	}
	for _, f := range strings.Fields(formats) {
		pt, name, _ := strings.Cut(f, "/")
		types += " " + pt
		switch static := map[string]string{"0": "PCMU/8000", "8": "PCMA/8000", "9": "G722/8000", "13": "CN/8000"}[pt]; {
		case static != "":
			maps += "a=rtpmap:" + pt + " " + static + "\n"
		case name == "opus":
			maps += "a=rtpmap:" + pt + " opus/48000/2\na=fmtp:" + pt + " useinbandfec=1;stereo=0\n"
		case strings.HasPrefix(name, "L16"):
			maps += "a=rtpmap:" + pt + " " + name + "\n"
		default:
			if name == "" {
				name = "8000"
			}
			maps += "a=rtpmap:" + pt + " telephone-event/" + name + "\na=fmtp:" + pt + " 0-15\n"
		}
	}
	return "m=audio 20000 " + proto + types + "\n" + keys + maps + ptime + mux + direction
}

// TestDialects is one answer for each way in which real equipment writes its
// offers.
func TestDialects(t *testing.T) {
	for _, c := range append(dialects, secureDialects...) {
		t.Run(c.name, func(t *testing.T) {
			n, err := New(local, c.policy).Answer(fromDialect(c.offer))
			if got := verdict(n, err); got != c.want {
				t.Fatal(cmp.Diff(c.want, got))
			}
			if err != nil {
				return
			}
			want := c.remote
			if want == "" {
				want = "198.51.100.2:4000"
			}
			if got := n.Params().Remote.String(); got != want {
				t.Errorf("RTP goes to %s, want %s", got, want)
			}
			checkKeys(t, n)
			wantAcceptable(t, fromDialect(c.offer), n)
		})
	}
}

// fromDialect is an offer as it comes in.
func fromDialect(text string) []byte {
	return []byte(strings.NewReplacer("\n", "\r\n", "KEY1", key1, "KEY2", key2, "GCM1", gcm1).Replace(text))
}

// checkKeys checks that the key to send with is that of the answer, and the key
// to receive with KEY1 or GCM1, to which the offers give the tag that is to be
// chosen.
func checkKeys(t *testing.T, n Negotiation) {
	t.Helper()
	p := n.Params().SRTP
	_, line, found := strings.Cut(string(n.Body()), "a=crypto:")
	if found != (p != nil) {
		t.Fatalf("keys %v for the answer\n%s", p, n.Body())
	}
	if p == nil {
		return
	}
	if got := base64.StdEncoding.EncodeToString(p.RxKey); got != key1 && got != gcm1 {
		t.Errorf("receives with %s", got)
	}
	if got, want := base64.StdEncoding.EncodeToString(p.TxKey), strings.Fields(line)[2]; "inline:"+got != want {
		t.Errorf("sends with %s, says %s", got, want)
	}
}

// verdict is the answer from its first media line on, or the Warning code.
func verdict(n Negotiation, err error) string {
	var u *Unacceptable
	switch {
	case errors.As(err, &u):
		return fmt.Sprint(u.Warning)
	case err != nil:
		return err.Error()
	}
	body := strings.ReplaceAll(string(n.Body()), "\r\n", "\n")
	body = regexp.MustCompile(`inline:\S+`).ReplaceAllString(body, "inline:KEY")
	return body[strings.Index(body, "m="):]
}
