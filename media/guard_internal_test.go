package media

import (
	"bytes"
	"crypto/aes"
	"encoding/binary"
	"encoding/hex"
	"testing"
	"time"

	"github.com/pion/srtp/v3"
)

// suitesBoth are the profiles and what another implementation calls them.
var suitesBoth = []struct {
	ours   SRTPProfile
	theirs srtp.ProtectionProfile
}{
	{AESCM128SHA1x80, srtp.ProtectionProfileAes128CmHmacSha1_80},
	{AESCM128SHA1x32, srtp.ProtectionProfileAes128CmHmacSha1_32},
	{AEADAES128GCM, srtp.ProtectionProfileAeadAes128Gcm},
}

func keyOf(p SRTPProfile, n byte) []byte {
	key := make([]byte, srtpKeySize+p.saltSize())
	for i := range key {
		key[i] = byte(i)*11 + n
	}
	return key
}

func guardOf(t testing.TB, p SRTPProfile, tx, rx byte) *guard {
	t.Helper()
	g, err := newGuard(&SRTPParams{Profile: p, TxKey: keyOf(p, tx), RxKey: keyOf(p, rx)})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// theirs is the other implementation under one key.
func theirs(t testing.TB, p SRTPProfile, suite srtp.ProtectionProfile, n byte) *srtp.Context {
	t.Helper()
	key := keyOf(p, n)
	c, err := srtp.CreateContext(key[:srtpKeySize], key[srtpKeySize:], suite)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// plainRTP is a packet with room for a tag behind it.
func plainRTP(seq uint16, ssrc uint32) []byte {
	b := make([]byte, headerSize+160, headerSize+160+sealRoom)
	b[0] = 2 << 6
	binary.BigEndian.PutUint16(b[2:], seq)
	binary.BigEndian.PutUint32(b[8:], ssrc)
	for i := range b[headerSize:] {
		b[headerSize+i] = byte(i) + byte(seq)
	}
	return b
}

// The key derivation of RFC 3711 appendix B.3.
func TestSRTP_KeyDerivation(t *testing.T) {
	master, _ := hex.DecodeString("E1F97A0D3E018BE0D64FA32C06DE4139" + "0EC675AD498AFEEBB6960B3AABE6")
	tr, err := newTransform(AESCM128SHA1x80, master, 0)
	if err != nil {
		t.Fatal(err)
	}
	if got := hex.EncodeToString(tr.salt[:14]); got != "30cbbc08863d8c85d49db34a9ae1" {
		t.Errorf("salt %s", got)
	}
	// The first block of key stream tells the key.
	key, _ := hex.DecodeString("C61E7A93744F39EE10734AFE3FF7A087")
	want, got := make([]byte, 16), make([]byte, 16)
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	block.Encrypt(want, make([]byte, 16))
	tr.block.Encrypt(got, make([]byte, 16))
	if !bytes.Equal(got, want) {
		t.Error("the cipher key is another")
	}
}

// What we seal the other implementation opens, and the other way round, over a
// wrap of the sequence.
func TestR39_AgreesWithAnotherImplementation(t *testing.T) {
	for _, s := range suitesBoth {
		ours := guardOf(t, s.ours, 1, 2)
		in, out := theirs(t, s.ours, s.theirs, 1), theirs(t, s.ours, s.theirs, 2)
		at := time.Unix(1e9, 0)
		for i := range 80 { // the sequence wraps at 36
			plain := plainRTP(uint16(65500+i), 7)
			want := bytes.Clone(plain)
			sealed, err := ours.sealRTP(plain)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := in.DecryptRTP(nil, sealed, nil); err != nil || !bytes.Equal(got, want) {
				t.Fatalf("%v: packet %d is not opened: %v", s.theirs, i, err)
			}
			if sealed, err = out.EncryptRTP(nil, want, nil); err != nil {
				t.Fatal(err)
			}
			if got, err := ours.openRTP(sealed, headerSize, at); err != nil || !bytes.Equal(got, want) {
				t.Fatalf("%v: packet %d of theirs is not opened: %v", s.theirs, i, err)
			}
		}
	}
}

func TestR39_RTCPAgreesWithAnotherImplementation(t *testing.T) {
	report := []byte{0x80, 201, 0, 1, 0, 0, 0, 7, 0x81, 202, 0, 3, 0, 0, 0, 7, 1, 4, 'l', 'e', 'g', '1', 0, 0}
	for _, s := range suitesBoth {
		ours := guardOf(t, s.ours, 1, 2)
		in, out := theirs(t, s.ours, s.theirs, 1), theirs(t, s.ours, s.theirs, 2)
		for i := range 3 {
			sealed, err := ours.sealRTCP(append(make([]byte, 0, 100), report...))
			if err != nil {
				t.Fatal(err)
			}
			if got, err := in.DecryptRTCP(nil, sealed, nil); err != nil || !bytes.Equal(got, report) {
				t.Fatalf("%v: report %d is not opened: %v", s.theirs, i, err)
			}
			sealed, err = out.EncryptRTCP(nil, report, nil)
			if err != nil {
				t.Fatal(err)
			}
			got, err := ours.openRTCP(sealed, time.Time{})
			if err != nil || !bytes.Equal(got, report) {
				t.Fatalf("%v: report %d of theirs is not opened: %v", s.theirs, i, err)
			}
			if _, err := ours.openRTCP(sealed, time.Time{}); err != errReplayed {
				t.Errorf("%v: the same report again gives %v", s.theirs, err)
			}
			sealed[len(sealed)-1] ^= 1
			sealed[9] ^= 1
			if _, err := ours.openRTCP(sealed, time.Time{}); err == nil {
				t.Errorf("%v: a forged report is taken", s.theirs)
			}
		}
		if _, err := ours.openRTCP(report, time.Time{}); err != errUnauthentic {
			t.Errorf("%v: an open report gives %v", s.theirs, err)
		}
	}
}

// securePair is both ends of one way.
type securePair struct {
	phone, leg *guard
	at         time.Time
}

func newSecurePair(t testing.TB, p SRTPProfile) *securePair {
	return &securePair{phone: guardOf(t, p, 1, 2), leg: guardOf(t, p, 2, 1), at: time.Unix(1e9, 0)}
}

// seal is packet seq as the phone sends it.
func (p *securePair) seal(t testing.TB, seq uint16) []byte {
	t.Helper()
	b, err := p.phone.sealRTP(plainRTP(seq, 7))
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Clone(b)
}

func (p *securePair) open(b []byte) error {
	_, err := p.leg.openRTP(b, headerSize, p.at)
	return err
}

func TestR39_ForgedReplayedAndOld(t *testing.T) {
	for _, s := range suitesBoth {
		p := newSecurePair(t, s.ours)
		var sent [][]byte
		for seq := range uint16(400) {
			sent = append(sent, p.seal(t, seq))
		}
		for i, b := range sent {
			if i == 50 || i == 399 {
				continue
			}
			if err := p.open(b); err != nil {
				t.Fatalf("%v: packet %d: %v", s.theirs, i, err)
			}
		}
		for name, c := range map[string]struct {
			b    []byte
			want error
		}{
			"again":          {sent[398], errReplayed},
			"too old":        {sent[50], errReplayed},
			"a bit of audio": {flipped(sent[399], 40), errUnauthentic},
			"a bit of tag":   {flipped(sent[399], len(sent[399])-1), errUnauthentic},
			"a bit of time":  {flipped(sent[399], 6), errUnauthentic},
			"not protected":  {plainRTP(399, 7), errUnauthentic},
			"no tag at all":  {sent[399][:headerSize], errUnauthentic},
		} {
			if err := p.open(c.b); err != c.want {
				t.Errorf("%v: %s gives %v, want %v", s.theirs, name, err, c.want)
			}
		}
		if err := p.open(sent[399]); err != nil {
			t.Errorf("%v: what was forged first is refused: %v", s.theirs, err)
		}
	}
}

func flipped(b []byte, at int) []byte {
	b = bytes.Clone(b)
	b[at] ^= 1
	return b
}

// Both ends count a wrap of the sequence, whatever is lost around it.
func TestR39_RollOver(t *testing.T) {
	for _, s := range suitesBoth {
		p := newSecurePair(t, s.ours)
		lost := 0
		for i := range 3 * 65536 {
			b := p.seal(t, uint16(60000+i))
			if i%997 > 2 && i%65536 > 10 {
				continue // lost, for an hour of calls is long
			}
			if err := p.open(b); err != nil {
				lost++
			}
		}
		if lost > 0 {
			t.Errorf("%v: %d packets are refused", s.theirs, lost)
		}
	}
}

// A re-INVITE that keeps the keys keeps the counters; a new key of the phone's
// is taken at once, and the former one for two seconds.
func TestR39_NewKeys(t *testing.T) {
	for _, s := range suitesBoth {
		p := newSecurePair(t, s.ours)
		for i := range 70000 {
			if b := p.seal(t, uint16(i)); i%300 == 0 {
				if err := p.open(b); err != nil {
					t.Fatal(err)
				}
			}
		}
		same := guardOf(t, s.ours, 2, 1)
		same.follow(p.leg, p.at)
		p.leg = same
		if err := p.open(p.seal(t, 4464)); err != nil {
			t.Errorf("%v: the same keys: %v", s.theirs, err)
		}
		late := p.seal(t, 4465)
		tooLate := p.seal(t, 4466)
		for seq := range 70000 { // our own way wraps too
			if _, err := p.leg.sealRTP(plainRTP(uint16(seq), 8)); err != nil {
				t.Fatal(err)
			}
		}
		fresh := guardOf(t, s.ours, 3, 9)
		fresh.follow(p.leg, p.at)
		if got := fresh.tx.index; got != 69999 {
			t.Errorf("%v: our own way goes on at %d, want 69999", s.theirs, got)
		}
		p.leg = fresh
		p.phone = guardOf(t, s.ours, 9, 3)
		if err := p.open(p.seal(t, 4467)); err != nil {
			t.Errorf("%v: the new key: %v", s.theirs, err)
		}
		if err := p.open(late); err != nil {
			t.Errorf("%v: what was on its way: %v", s.theirs, err)
		}
		p.at = p.at.Add(rekeyed + time.Millisecond)
		if err := p.open(tooLate); err != errUnauthentic {
			t.Errorf("%v: the former key after its time: %v", s.theirs, err)
		}
	}
}

func TestSRTP_BadKeys(t *testing.T) {
	good := keyOf(AESCM128SHA1x80, 1)
	for name, p := range map[string]*SRTPParams{
		"short":            {TxKey: good[:29], RxKey: keyOf(AESCM128SHA1x80, 2)},
		"none":             {TxKey: good},
		"long for GCM":     {Profile: AEADAES128GCM, TxKey: good, RxKey: keyOf(AESCM128SHA1x80, 2)},
		"the same twice":   {TxKey: good, RxKey: good},
		"unknown profile ": {Profile: 99, TxKey: good, RxKey: keyOf(AESCM128SHA1x80, 2)},
	} {
		if _, err := newGuard(p); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	if g, err := newGuard(nil); g != nil || err != nil {
		t.Errorf("no keys give %v, %v", g, err)
	}
}

func TestSRTP_Allocs(t *testing.T) {
	for _, s := range suitesBoth {
		p := newSecurePair(t, s.ours)
		packet := plainRTP(0, 7)
		seq := uint16(0)
		n := testing.AllocsPerRun(200, func() {
			seq++
			binary.BigEndian.PutUint16(packet[2:], seq)
			sealed, _ := p.phone.sealRTP(packet)
			if p.open(sealed) != nil || p.open(sealed) == nil {
				t.Fatal("not opened once")
			}
		})
		if n != 0 {
			t.Errorf("%v: %v allocations per packet", s.theirs, n)
		}
	}
}

func FuzzSRTP(f *testing.F) {
	for _, s := range suitesBoth {
		p := newSecurePair(f, s.ours)
		f.Add(uint8(s.ours), p.seal(f, 1))
	}
	f.Add(uint8(0), []byte{0x80})
	f.Fuzz(func(t *testing.T, profile uint8, b []byte) {
		g := guardOf(t, SRTPProfile(profile%3), 2, 1)
		if len(b) >= headerSize {
			if out, err := g.openRTP(b, headerSize, time.Time{}); err == nil && len(out) > len(b) {
				t.Fatal("an opened packet is longer")
			}
		}
		if out, err := g.openRTCP(b, time.Time{}); err == nil && len(out) > len(b) {
			t.Fatal("an opened report is longer")
		}
	})
}

func BenchmarkSRTP(b *testing.B) {
	for _, s := range suitesBoth {
		b.Run(s.theirs.String(), func(b *testing.B) {
			p := newSecurePair(b, s.ours)
			packet := plainRTP(0, 7)
			seq := uint16(0)
			b.ReportAllocs()
			for b.Loop() {
				seq++
				binary.BigEndian.PutUint16(packet[2:], seq)
				sealed, _ := p.phone.sealRTP(packet)
				_ = p.open(sealed)
			}
		})
	}
}
