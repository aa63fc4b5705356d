package media

import "errors"

// guard protects the RTP and RTCP of a leg by SRTP (RFC 3711). The nil guard
// lets everything pass as it is.
type guard struct{}

// The reasons openRTP refuses a packet for.
var (
	errUnauthentic = errors.New("media: wrong SRTP tag")
	errReplayed    = errors.New("media: SRTP packet replayed")
)

func newGuard(p *SRTPParams) (*guard, error) {
	if p == nil {
		return nil, nil
	}
	return nil, errors.New("media: SRTP is not built")
}

// openRTP checks and decrypts an RTP packet in place. The result aliases b.
func (g *guard) openRTP(b []byte) ([]byte, error) { return b, nil }

// openRTCP checks and decrypts an RTCP packet in place.
func (g *guard) openRTCP(b []byte) ([]byte, error) { return b, nil }

// sealRTP encrypts the RTP packet in b, in place where b has room for the tag.
func (g *guard) sealRTP(b []byte) ([]byte, error) { return b, nil }

// sealRTCP encrypts the RTCP packet in b.
func (g *guard) sealRTCP(b []byte) ([]byte, error) { return b, nil }
