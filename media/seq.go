package media

// Seq is an RTP sequence number. It wraps at 65,536, so it has no order; it
// has distances.
type Seq uint16

// Add is the sequence number n packets later, or earlier when n is negative.
func (s Seq) Add(n int) Seq { return s + Seq(n) }

// Sub is the distance from t to s the short way round, -32768 to 32767.
func (s Seq) Sub(t Seq) int { return int(int16(s - t)) }

// Timestamp is an RTP timestamp: a count of samples from a random start. It
// wraps at 2^32.
type Timestamp uint32

// Add is the timestamp n samples later, or earlier when n is negative.
func (t Timestamp) Add(n int) Timestamp { return t + Timestamp(n) }

// Sub is the distance from u to t in samples, the short way round.
func (t Timestamp) Sub(u Timestamp) int { return int(int32(t - u)) }
