package app

import (
	"fmt"
	"strings"

	"partyline/api"
)

// checkMetrics finds metrics that could be read by everybody, or by nobody.
func (c *Config) checkMetrics() error {
	m := c.Metrics
	if m.Participants < 0 {
		return fmt.Errorf("metrics.participants: %d; write 0 or more", m.Participants)
	}
	if m.Listen == "" {
		return nil
	}
	if err := api.CheckMetrics(m.Listen, m.Token); err != nil {
		return fmt.Errorf("metrics.%s", strings.TrimPrefix(err.Error(), "api: "))
	}
	if m.Listen == c.HTTP && !strings.HasSuffix(m.Listen, ":0") {
		return fmt.Errorf("metrics.listen: %s is where http listens; write another port", m.Listen)
	}
	return nil
}
