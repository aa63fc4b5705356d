//go:build !race

package bridge

import "time"

// simulatedDay is what TestADay simulates.
const simulatedDay = 24 * time.Hour
