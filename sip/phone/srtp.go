package phone

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pion/srtp/v3"
)

// suite is a crypto suite of SDP (RFC 4568 section 6.2, RFC 7714 section 14.2).
type suite struct {
	name      string
	profile   srtp.ProtectionProfile
	key, salt int // lengths in bytes
}

var suites = []suite{
	{"AES_CM_128_HMAC_SHA1_80", srtp.ProtectionProfileAes128CmHmacSha1_80, 16, 14},
	{"AES_CM_128_HMAC_SHA1_32", srtp.ProtectionProfileAes128CmHmacSha1_32, 16, 14},
	{"AEAD_AES_128_GCM", srtp.ProtectionProfileAeadAes128Gcm, 16, 12},
}

// suitesNamed finds suites.
func suitesNamed(names []string) ([]suite, error) {
	var out []suite
	for _, name := range names {
		i := slices.IndexFunc(suites, func(s suite) bool { return s.name == name })
		if i < 0 {
			return nil, fmt.Errorf("phone: unknown crypto suite %q", name)
		}
		out = append(out, suites[i])
	}
	return out, nil
}

// cryptoLine is an a=crypto line.
type cryptoLine struct {
	tag string
	suite
	secret []byte // master key and salt
}

// newLines makes up a key for each suite, with the tags 1, 2, ...
func newLines(suites []suite) []cryptoLine {
	var out []cryptoLine
	for i, s := range suites {
		l := cryptoLine{fmt.Sprint(i + 1), s, make([]byte, s.key+s.salt)}
		rand.Read(l.secret)
		out = append(out, l)
	}
	return out
}

func (l cryptoLine) String() string {
	return fmt.Sprintf("a=crypto:%s %s inline:%s", l.tag, l.name, base64.StdEncoding.EncodeToString(l.secret))
}

// parseCrypto reads what follows "a=crypto:". It reports false for what the
// phone does not speak.
func parseCrypto(value string) (l cryptoLine, ok bool) {
	f := strings.Fields(value)
	if len(f) != 3 {
		return l, false
	}
	known, err := suitesNamed(f[1:2])
	if err != nil {
		return l, false
	}
	secret, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(f[2], "inline:"))
	l = cryptoLine{f[0], known[0], secret}
	return l, err == nil && len(secret) == l.key+l.salt
}

// errNoKey: SRTP was agreed on and no key came.
var errNoKey = errors.New("phone: no key for SRTP")

// match finds the key of a description that goes with one of our own lines: the
// one of the same tag in an answer, the one of the same suite for an offer.
// There is none in a call in the clear, which must is not to be.
func match(ours []cryptoLine, d description, must bool, same func(a, b cryptoLine) bool) (*lock, error) {
	for _, theirs := range d.crypto {
		for _, own := range ours {
			if own.name == theirs.name && same(own, theirs) {
				own.tag = theirs.tag
				return newLock(own, theirs)
			}
		}
	}
	if must {
		return nil, errNoKey
	}
	return nil, nil
}

func sameTag(a, b cryptoLine) bool { return a.tag == b.tag }

func sameSuite(cryptoLine, cryptoLine) bool { return true }

// lock protects the audio of a call. Each context belongs to one goroutine.
type lock struct {
	own, theirs cryptoLine
	tx, rx      *srtp.Context
	rxRTCP      *srtp.Context
}

func newLock(own, theirs cryptoLine) (*lock, error) {
	l := &lock{own: own, theirs: theirs}
	var errs [3]error
	l.tx, errs[0] = own.context()
	l.rx, errs[1] = theirs.context()
	l.rxRTCP, errs[2] = theirs.context()
	return l, errors.Join(errs[:]...)
}

func (l cryptoLine) context() (*srtp.Context, error) {
	return srtp.CreateContext(l.secret[:l.key], l.secret[l.key:], l.profile)
}

// after is l with the state of the lock before it wherever the key is the same,
// so that the rollover counters go on.
func (l *lock) after(old *lock) *lock {
	if l == nil || old == nil {
		return l
	}
	if slices.Equal(l.own.secret, old.own.secret) && l.own.name == old.own.name {
		l.tx = old.tx
	}
	if slices.Equal(l.theirs.secret, old.theirs.secret) && l.theirs.name == old.theirs.name {
		l.rx, l.rxRTCP = old.rx, old.rxRTCP
	}
	return l
}

// seal encrypts an RTP packet; the nil lock leaves it as it is.
func (l *lock) seal(packet []byte) ([]byte, error) {
	if l == nil {
		return packet, nil
	}
	return l.tx.EncryptRTP(nil, packet, nil)
}

// open checks and decrypts an RTP packet.
func (l *lock) open(packet []byte) ([]byte, error) {
	if l == nil {
		return packet, nil
	}
	return l.rx.DecryptRTP(nil, packet, nil)
}

// openRTCP checks and decrypts an RTCP packet.
func (l *lock) openRTCP(packet []byte) ([]byte, error) {
	if l == nil {
		return packet, nil
	}
	return l.rxRTCP.DecryptRTCP(nil, packet, nil)
}
