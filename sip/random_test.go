package sip

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"partyline/bridge"
)

// TestRandomCalls lets a phone and the bridge do whatever they like in any
// order, with time passing or not and datagrams getting lost. Whatever
// happens, every participant leaves exactly once or is hung up, is acknowledged
// at most once, every request but ACK gets a final response unless lost, and
// nothing is left.
func TestRandomCalls(t *testing.T) {
	for seed := range uint64(200) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { randomCall(t, rand.New(rand.NewPCG(seed, 1))) })
	}
}

func randomCall(t *testing.T, r *rand.Rand) {
	inBubble(t, func(x *setup) {
		x.bridge.joinDelay = time.Duration(r.IntN(3)) * 20 * time.Millisecond
		p := x.phone(alice)
		c := &randomCaller{phone: p, r: r, final: map[string]bool{}}
		for range 4 + r.IntN(12) {
			c.step()
			time.Sleep([]time.Duration{0, 0, time.Millisecond, 20 * time.Millisecond, time.Second, 40 * time.Second}[r.IntN(6)])
			c.read()
		}
		for _, party := range x.bridge.all() {
			party.hangUp(bridge.Removed)
		}
		for range 20 {
			time.Sleep(4 * time.Second)
			c.read()
		}
		c.check()
	})
}

// randomCaller is a phone that follows no rules.
type randomCaller struct {
	*phone
	r      *rand.Rand
	invite string
	final  map[string]bool // requests by branch, and whether they are answered
}

func (c *randomCaller) ask(method string, changes ...string) {
	text := c.request(method, changes...)
	c.final[branchOf(parseMessage(text))] = false
	if method == "INVITE" && c.invite == "" {
		c.invite = text
	}
}

func branchOf(m *message) string {
	_, after, _ := strings.Cut(m.get("Via"), "branch=")
	branch, _, _ := strings.Cut(after, ";")
	return branch + " " + strings.Fields(m.get("CSeq"))[1]
}

func (c *randomCaller) step() {
	offers := []string{
		offerAt("127.0.0.2", 4000, "0"), offerAt("127.0.0.2", 4002, "8 0"), offerAt("127.0.0.2", 4000, "0", "sendonly"),
		offerAt("127.0.0.2", 0, "0"), offerAt("0.0.0.0", 4000, "0"), offerAt("127.0.0.2", 4000, "18"), "nonsense", "",
	}
	switch c.r.IntN(10) {
	case 0, 1, 2:
		c.ask("INVITE", "="+offers[c.r.IntN(len(offers))])
	case 3, 4:
		c.ack(fmt.Sprintf("CSeq: %d ACK", c.cseq-c.r.IntN(2)), "="+offers[c.r.IntN(len(offers))])
	case 5:
		c.ask("BYE")
	case 6:
		c.ask("OPTIONS")
	case 7:
		if c.invite != "" {
			c.send(cancelOf(c.invite))
		}
	case 8:
		if c.invite != "" {
			c.send(c.invite)
		}
	case 9:
		for _, party := range c.bridge.all() {
			party.hangUp(bridge.MediaTimeout)
		}
	}
}

// read takes in what has come, learns the To tag, and answers most BYEs.
func (c *randomCaller) read() {
	for len(c.conn.in) > 0 {
		m := parseMessage(string((<-c.conn.in).data))
		switch {
		case m.code() == 0 && c.r.IntN(4) > 0:
			c.answer(m, "200 OK")
		case m.code() >= 200:
			c.final[branchOf(m)] = true
			if m.code() == 200 && strings.Contains(m.get("CSeq"), "INVITE") {
				c.toTag = tagOf(m.get("To"))
			}
		}
	}
}

func (c *randomCaller) check() {
	for branch, done := range c.final {
		if !done {
			c.Errorf("%s has no final response", branch)
		}
	}
	for i, events := range c.bridge.events() {
		acks, left, late := 0, 0, false
		for _, e := range events {
			switch {
			case e == "ack":
				acks++
				late = left > 0
			case strings.HasPrefix(e, "left"):
				left++
			}
		}
		if acks > 1 || left > 1 || late {
			c.Errorf("participant %d saw %v", i, events)
		}
	}
}
