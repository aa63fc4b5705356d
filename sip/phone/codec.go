package phone

import (
	"fmt"

	"github.com/zaf/g711"
)

// frameLen is 20 ms at 8 kHz, in samples and, in G.711, in bytes.
const frameLen = 160

// codec is one of the two laws of G.711 with its static RTP payload type
// (RFC 3551 section 6).
type codec struct {
	name        string
	payloadType uint8
	encode      func(int16) byte
	decode      func(byte) int16
}

var (
	pcmu = codec{"PCMU", 0, g711.EncodeUlawFrame, g711.DecodeUlawFrame}
	pcma = codec{"PCMA", 8, g711.EncodeAlawFrame, g711.DecodeAlawFrame}
)

func codecNamed(name string) (codec, error) {
	switch name {
	case "", "PCMU":
		return pcmu, nil
	case "PCMA":
		return pcma, nil
	}
	return codec{}, fmt.Errorf("phone: unknown codec %q", name)
}

// codecOfType finds the codec of a received packet.
func codecOfType(payloadType uint8) (c codec, ok bool) {
	switch payloadType {
	case pcmu.payloadType:
		return pcmu, true
	case pcma.payloadType:
		return pcma, true
	}
	return codec{}, false
}
