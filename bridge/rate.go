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
// tick that fades it out. Everybody changes over between two frames; what is
// heard goes on from the old delay of the filters to the new one within a frame,
// in each leg and each encoder.
func (c *conference) settleRate() {
	if !c.gauge {
		return
	}
	c.gauge = false
	rate := narrowband
	for _, p := range c.parties {
		rate = max(rate, p.params.Tx.Codec.SampleRate())
	}
	rate = min(rate, c.bridge.cfg.MaxRate)
	if rate != c.rate {
		c.changeRate(rate)
	}
	for _, p := range c.parties {
		p.setRate(rate)
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
