package bridge

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
)

// newID returns prefix and 32 hex digits from 128 random bits, so that an id
// can be neither guessed nor met twice.
func newID(prefix string) string {
	var b [16]byte
	rand.Read(b[:])
	return prefix + hex.EncodeToString(b[:])
}

// random32 is a starting point for RTP fields (RFC 3550 section 5.1).
func random32() uint32 {
	var b [4]byte
	rand.Read(b[:])
	return binary.BigEndian.Uint32(b[:])
}
