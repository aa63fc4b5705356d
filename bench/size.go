package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// byteSize is a number of bytes, written like 500MB or 1GB.
type byteSize int64

// units are powers of a thousand; behind them may stand /s.
var units = []struct {
	name  string
	bytes float64
}{{"GB", 1e9}, {"MB", 1e6}, {"KB", 1e3}, {"B", 1}}

// UnmarshalText reads a number and a unit, such as 1GB, 2.5MB or 0.
func (s *byteSize) UnmarshalText(text []byte) error {
	number := strings.TrimSuffix(strings.ToUpper(string(text)), "/S")
	unit := 1.0
	for _, u := range units {
		if rest, ok := strings.CutSuffix(number, u.name); ok {
			number, unit = rest, u.bytes
			break
		}
	}
	n, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if err != nil || !(n >= 0) || n*unit > math.MaxInt64/2 {
		return fmt.Errorf("%q is not a number of bytes; write for example 500MB or 1GB", text)
	}
	*s = byteSize(n * unit)
	return nil
}
