//go:build !amd64

package media

// There is no vector code for this processor: the tables do it all.

func encodeVector(Codec, []byte, []int16) int { return 0 }

func decodeVector(Codec, []int16, []byte) int { return 0 }
