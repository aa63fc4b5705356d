//go:build race

package bridge

import "time"

// simulatedDay is shorter under the race detector, which is ten times slower.
const simulatedDay = time.Hour
