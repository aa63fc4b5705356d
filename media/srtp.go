package media

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/binary"
	"fmt"
	"hash"
)

// The sizes of RFC 3711 and RFC 7714, in bytes.
const (
	srtpKeySize  = 16
	authKeySize  = 20 // RFC 3711 section 5.2
	gcmTagSize   = 16 // RFC 7714 section 12
	rtcpClear    = 8  // of an SRTCP packet: header and SSRC stay readable
	rtcpIndex    = 4  // the E flag and the index behind it
	rtcpTagSize  = 10 // both SHA-1 profiles (RFC 4568 section 6.2.2)
	rtcpIsSecret = 1 << 31
)

// The labels of the key derivation (RFC 3711 section 4.3.2); those of SRTCP
// are three more.
const (
	labelKey  = 0
	labelAuth = 1
	labelSalt = 2
	labelRTCP = 3
)

// saltSize is the length of a profile's master salt, in bytes.
func (p SRTPProfile) saltSize() int {
	if p == AEADAES128GCM {
		return 12
	}
	return 14
}

// transform protects the packets of one way of either RTP or RTCP. It works in
// place and allocates nothing after newTransform; its scratch space makes it
// one goroutine's.
type transform struct {
	block cipher.Block
	salt  [16]byte // of the session, the two counter octets behind it zero
	mac   hash.Hash
	tag   int // bytes of the tag
	gcm   cipher.AEAD

	iv, pad [16]byte
	sum     [sha1.Size]byte
	word    [4]byte
	aad     [rtcpClear + rtcpIndex]byte
}

// newTransform derives the session keys from a master key with its salt behind
// it (RFC 3711 section 4.3, RFC 7714 section 11). The labels are those of RTP
// moved by first.
func newTransform(p SRTPProfile, master []byte, first byte) (*transform, error) {
	if want := srtpKeySize + p.saltSize(); len(master) != want {
		return nil, fmt.Errorf("media: SRTP key of %d bytes, want %d with its salt", len(master), want)
	}
	block, err := aes.NewCipher(master[:srtpKeySize])
	if err != nil {
		return nil, err
	}
	derive := func(label byte, n int) []byte { return derived(block, master[srtpKeySize:], first+label, n) }
	t := &transform{tag: rtcpTagSize}
	if t.block, err = aes.NewCipher(derive(labelKey, srtpKeySize)); err != nil {
		return nil, err
	}
	copy(t.salt[:], derive(labelSalt, p.saltSize()))
	switch p {
	case AESCM128SHA1x80, AESCM128SHA1x32:
		if p == AESCM128SHA1x32 && first != labelRTCP {
			t.tag = 4
		}
		t.mac = hmac.New(sha1.New, derive(labelAuth, authKeySize))
	case AEADAES128GCM:
		t.tag = gcmTagSize
		t.gcm, err = cipher.NewGCM(t.block)
	default:
		err = fmt.Errorf("media: no SRTP profile %d", p)
	}
	return t, err
}

// derived is n bytes of the key stream of a label, with a key derivation rate
// of 0 (RFC 3711 section 4.3.1 and 4.3.3).
func derived(block cipher.Block, salt []byte, label byte, n int) []byte {
	var iv [16]byte
	copy(iv[:], salt)
	iv[7] ^= label
	out := make([]byte, n)
	cipher.NewCTR(block, iv[:]).XORKeyStream(out, out)
	return out
}

// counter sets the initial counter of AES-CM (RFC 3711 section 4.1.1), for an
// SSRC and a packet index of 48 bits.
func (t *transform) counter(ssrc uint32, index uint64) {
	binary.BigEndian.PutUint64(t.iv[:], uint64(ssrc))
	binary.BigEndian.PutUint64(t.iv[8:], index<<16)
	subtle.XORBytes(t.iv[:], t.iv[:], t.salt[:])
}

// nonce sets the 12 octets of AES-GCM (RFC 7714 sections 8.1 and 9.1).
func (t *transform) nonce(ssrc uint32, index uint64) []byte {
	iv := t.iv[:12]
	binary.BigEndian.PutUint64(iv, uint64(ssrc)<<16|index>>32)
	binary.BigEndian.PutUint32(iv[8:], uint32(index))
	subtle.XORBytes(iv, iv, t.salt[:])
	return iv
}

// cm encrypts or decrypts b in place by AES in counter mode, from the counter
// set. A packet is shorter than the 2^16 blocks there are.
func (t *transform) cm(b []byte) {
	for n := uint16(0); len(b) > 0; n++ {
		binary.BigEndian.PutUint16(t.iv[14:], n)
		t.block.Encrypt(t.pad[:], t.iv[:])
		b = b[subtle.XORBytes(b, b, t.pad[:]):]
	}
}

// authenticate is the tag of b and a word behind it that is not sent. It is
// valid until the next call.
func (t *transform) authenticate(b, word []byte) []byte {
	t.mac.Reset()
	t.mac.Write(b)
	t.mac.Write(word)
	return t.mac.Sum(t.sum[:0])[:t.tag]
}

// sealRTP encrypts the payload behind the header of head bytes and appends the
// tag, in place where b has room (RFC 3711 section 3.1, RFC 7714 section 8.2).
func (t *transform) sealRTP(b []byte, head int, index uint64) []byte {
	ssrc := binary.BigEndian.Uint32(b[8:])
	if t.gcm != nil {
		out := t.gcm.Seal(b[head:head], t.nonce(ssrc, index), b[head:], b[:head])
		return rejoined(b, head, out)
	}
	t.counter(ssrc, index)
	t.cm(b[head:])
	binary.BigEndian.PutUint32(t.word[:], uint32(index>>16))
	return append(b, t.authenticate(b, t.word[:])...)
}

// rejoined is the head of b with out behind it, which stands there already if
// b had room.
func rejoined(b []byte, head int, out []byte) []byte {
	if cap(b) >= head+len(out) {
		return b[:head+len(out)]
	}
	return append(b[:head:head], out...)
}

// openRTP checks the tag and decrypts the payload into room, the header of
// head bytes in front of it. What is refused leaves b as it was.
func (t *transform) openRTP(room, b []byte, head int, index uint64) ([]byte, bool) {
	n := len(b) - t.tag
	if n < head || n > len(room) {
		return nil, false
	}
	ssrc := binary.BigEndian.Uint32(b[8:])
	if t.gcm != nil {
		copy(room, b[:head])
		_, err := t.gcm.Open(room[head:head], t.nonce(ssrc, index), b[head:], b[:head])
		return room[:n], err == nil
	}
	binary.BigEndian.PutUint32(t.word[:], uint32(index>>16))
	if !hmac.Equal(t.authenticate(b[:n], t.word[:]), b[n:]) {
		return nil, false
	}
	copy(room, b[:n])
	t.counter(ssrc, index)
	t.cm(room[head:n])
	return room[:n], true
}

// sealRTCP encrypts all behind the first SSRC and appends index and tag, in
// place where b has room (RFC 3711 section 3.4, RFC 7714 section 9.2).
func (t *transform) sealRTCP(b []byte, index uint32) []byte {
	ssrc := binary.BigEndian.Uint32(b[4:])
	if t.gcm != nil {
		aad := t.rtcpData(b, index)
		out := t.gcm.Seal(b[rtcpClear:rtcpClear], t.nonce(ssrc, uint64(index)), b[rtcpClear:], aad)
		return append(rejoined(b, rtcpClear, out), aad[rtcpClear:]...)
	}
	t.counter(ssrc, uint64(index))
	t.cm(b[rtcpClear:])
	b = binary.BigEndian.AppendUint32(b, rtcpIsSecret|index)
	return append(b, t.authenticate(b, nil)...)
}

// rtcpData is what AES-GCM authenticates of an encrypted SRTCP packet without
// encrypting it.
func (t *transform) rtcpData(b []byte, index uint32) []byte {
	copy(t.aad[:], b[:rtcpClear])
	binary.BigEndian.PutUint32(t.aad[rtcpClear:], rtcpIsSecret|index)
	return t.aad[:]
}

// rtcpWord reads the E flag and the index, which are not authenticated yet.
func (t *transform) rtcpWord(b []byte) (word uint32, ok bool) {
	if len(b) < rtcpClear+rtcpIndex+t.tag || len(b) > receiveSize {
		return 0, false
	}
	at := len(b) - rtcpIndex
	if t.gcm == nil {
		at -= t.tag
	}
	return binary.BigEndian.Uint32(b[at:]), true
}

// openRTCP checks the tag of a packet that rtcpWord has read and decrypts it
// into room. What is refused leaves b as it was.
func (t *transform) openRTCP(room, b []byte, index uint32) ([]byte, bool) {
	ssrc := binary.BigEndian.Uint32(b[4:])
	n := len(b) - rtcpIndex - t.tag
	copy(room, b[:n])
	if t.gcm != nil {
		_, err := t.gcm.Open(room[rtcpClear:rtcpClear], t.nonce(ssrc, uint64(index)), b[rtcpClear:n+t.tag], t.rtcpData(b, index))
		return room[:n], err == nil
	}
	if !hmac.Equal(t.authenticate(b[:n+rtcpIndex], nil), b[n+rtcpIndex:]) {
		return nil, false
	}
	t.counter(ssrc, uint64(index))
	t.cm(room[rtcpClear:n])
	return room[:n], true
}
