package sdp

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"partyline/bridge"
)

// maxCrypto bounds the crypto lines of a media line that are looked at.
const maxCrypto = 16

// suite is a crypto suite of RFC 4568 section 6.2 or RFC 7714 section 14.2.
type suite struct {
	name    string
	profile bridge.SRTPProfile
	keyLen  int // of master key and salt together, in bytes
}

// suites are the ones that are spoken, best first: GCM costs less than half of
// the others, and a tag of 80 bits is out of a forger's reach where one of 32
// bits is guessed once in four thousand million packets.
var suites = []suite{
	{"AEAD_AES_128_GCM", bridge.AEADAES128GCM, 16 + 12},
	{"AES_CM_128_HMAC_SHA1_80", bridge.AESCM128SHA1x80, 16 + 14},
	{"AES_CM_128_HMAC_SHA1_32", bridge.AESCM128SHA1x32, 16 + 14},
}

// suiteOf is the suite of a profile.
func suiteOf(p bridge.SRTPProfile) suite { return suites[rank(p)] }

// rank is the place of a profile in the bridge's order.
func rank(p bridge.SRTPProfile) int {
	return slices.IndexFunc(suites, func(s suite) bool { return s.profile == p })
}

// secret is a master key and its salt. It stands behind a pointer so that no
// way of printing what holds it prints it.
type secret struct{ key *[]byte }

func (s secret) bytes() []byte { return *s.key }

func (s secret) equal(t secret) bool { return subtle.ConstantTimeCompare(*s.key, *t.key) == 1 }

// newSecret makes up a key.
func newSecret(s suite) secret {
	k := make([]byte, s.keyLen)
	rand.Read(k)
	return secret{&k}
}

// cryptoLine is one usable a=crypto line: a key of whoever wrote it, for what
// it sends.
type cryptoLine struct {
	tag     string
	profile bridge.SRTPProfile
	key     secret
}

// write writes the line with its key.
func (l cryptoLine) write(b *strings.Builder) {
	fmt.Fprintf(b, "a=crypto:%s %s inline:%s\r\n",
		l.tag, suiteOf(l.profile).name, base64.StdEncoding.EncodeToString(l.key.bytes()))
}

// What is wrong with a crypto line. The texts go into a Warning: they hold
// nothing of the line.
var (
	errCryptoSyntax   = errors.New("malformed crypto line")
	errCryptoSuite    = errors.New("unknown crypto suite")
	errCryptoKey      = errors.New("malformed key")
	errCryptoMKI      = errors.New("MKI not available")
	errCryptoLifetime = errors.New("malformed lifetime")
	errCryptoKeys     = errors.New("several keys in one line not available")
	errCryptoParam    = errors.New("session parameter not available")
	errCryptoTag      = errors.New("tag used twice")
)

// parseCrypto reads the crypto lines of a media line, without their "a=crypto:".
// Lines that can't be used are left out: RFC 4568 section 5.1.2 has the
// answerer take one it can. why is what was wrong with the last of these.
func parseCrypto(lines []string) (usable []cryptoLine, why error) {
	seen := make(map[string]bool)
	for _, text := range lines[:min(len(lines), maxCrypto)] {
		l, err := parseCryptoLine(text)
		if err == nil && seen[l.tag] {
			err = errCryptoTag
		}
		if err != nil {
			why = err
			continue
		}
		seen[l.tag] = true
		usable = append(usable, l)
	}
	return usable, why
}

// parseCryptoLine reads "tag suite inline:key[|lifetime] [parameter...]"
// (RFC 4568 section 9.2).
func parseCryptoLine(text string) (cryptoLine, error) {
	f := strings.Fields(text)
	if len(f) < 3 || !isTag(f[0]) {
		return cryptoLine{}, errCryptoSyntax
	}
	i := slices.IndexFunc(suites, func(s suite) bool { return strings.EqualFold(s.name, f[1]) })
	if i < 0 {
		return cryptoLine{}, errCryptoSuite
	}
	key, err := parseInline(f[2], suites[i])
	if err != nil {
		return cryptoLine{}, err
	}
	for _, param := range f[3:] {
		if !ignorable(param) {
			return cryptoLine{}, errCryptoParam
		}
	}
	return cryptoLine{f[0], suites[i].profile, key}, nil
}

// isTag reports one to nine digits.
func isTag(s string) bool {
	for _, c := range s {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(s) >= 1 && len(s) <= 9
}

// ignorable reports a session parameter without which a line means the same:
// WSH is a hint (RFC 4568 section 6.3.7), and "If an SRTP session parameter
// extension is preceded by a dash, it may be ignored". Others change what is on
// the wire (UNENCRYPTED_SRTP, KDR, FEC_ORDER, ...) or are unknown, and make the
// line invalid.
func ignorable(param string) bool {
	return strings.HasPrefix(strings.ToUpper(param), "WSH=") || strings.HasPrefix(param, "-")
}

// parseInline reads "inline:" key||salt ["|" lifetime] ["|" MKI ":" length].
// Several keys need an MKI to be told apart. A line with one is refused: the
// MKI would stand in every packet, and all who send it offer a line without as
// well.
func parseInline(text string, s suite) (secret, error) {
	const method = "inline:"
	if len(text) < len(method) || !strings.EqualFold(text[:len(method)], method) {
		return secret{}, errCryptoSyntax
	}
	if strings.Contains(text, ";") {
		return secret{}, errCryptoKeys
	}
	parts := strings.Split(text[len(method):], "|")
	for i, part := range parts[1:] {
		switch {
		case strings.Contains(part, ":"):
			return secret{}, errCryptoMKI
		case i > 0 || !isLifetime(part):
			return secret{}, errCryptoLifetime
		}
	}
	return parseKey(parts[0], s)
}

// parseKey decodes key and salt. Phones leave the padding out, which the keys
// of GCM need.
func parseKey(text string, s suite) (secret, error) {
	k, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
	if err != nil || len(k) != s.keyLen {
		return secret{}, errCryptoKey
	}
	return secret{&k}, nil
}

// isLifetime reports a number of packets, at most 2^48, written as one or as a
// power of two. It is a promise of the one whose key it is.
func isLifetime(s string) bool {
	if power, ok := strings.CutPrefix(s, "2^"); ok {
		n, err := strconv.ParseUint(power, 10, 8)
		return err == nil && n <= 48
	}
	n, err := strconv.ParseUint(s, 10, 64)
	return err == nil && n > 0 && n <= 1<<48
}
