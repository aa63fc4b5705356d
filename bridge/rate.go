package bridge

// rates are those a conference can have, in Hz.
var rates = [...]int{8000, 16000, 48000}

// supportedRate is the highest of rates that is at most max, the lowest when
// none is.
func supportedRate(max int) int {
	rate := rates[0]
	for _, r := range rates {
		if r <= max {
			rate = r
		}
	}
	return rate
}

// settleRate gives the conference the rate its phones call for: the highest of
// the codecs they are sent, within the limit. Who leaves still counts in the
// tick that fades it out. A change takes two ticks: the first tells the encoders
// to remember the last frame at the old rate, in the second everybody changes
// over. What is heard goes on from the old delay of the filters to the new one
// within a frame, in each leg and each encoder.
func (c *conference) settleRate() {
	if !c.gauge {
		return
	}
	rate := c.rateCalledFor()
	switch {
	case rate == c.rate:
		c.gauge, c.turning = false, false
	case c.turning:
		c.changeRate(rate)
		c.gauge, c.turning = false, false
	default:
		c.turning = true
		c.keepFrames()
	}
	for _, p := range c.parties {
		p.setRate(c.rate)
	}
}

// rateCalledFor is what the codecs of the phones call for.
func (c *conference) rateCalledFor() int {
	rate := narrowband
	for _, p := range c.parties {
		rate = max(rate, p.params.Tx.Codec.SampleRate())
	}
	return min(rate, c.bridge.cfg.MaxRate)
}

// keepFrames prepares every encoder at work for a change of rate in the next
// tick.
func (c *conference) keepFrames() {
	for _, b := range c.buses {
		if b.encoder != nil {
			b.encoder.Keep()
		}
	}
	for _, p := range c.parties {
		if p.encoder != nil {
			p.encoder.Keep()
		}
	}
}

// changeRate sets what the parties have in common to another rate.
func (c *conference) changeRate(rate int) {
	c.rate = rate
	c.mixer.SetRate(rate)
	c.announce.setRate(rate)
	for _, b := range c.buses {
		b.recent.forget()
		if b.encoder != nil {
			b.encoder.SetRate(rate)
		}
	}
}

// setRate gives p audio of another rate, in and out.
func (p *party) setRate(rate int) {
	if p.encoder != nil {
		p.encoder.SetRate(rate)
	}
	if p.rate == rate {
		return
	}
	p.rate = rate
	p.leg.SetRate(rate)
	ps := &p.prompts
	p.announce.setRate(rate)
	ps.hold.setRate(rate)
	ps.wait.setRate(rate)
	for _, pb := range ps.retired {
		pb.setRate(rate)
	}
}
