package floor

import (
	"bytes"
	"net"
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"
)

var loopback = netip.AddrFrom4([4]byte{127, 0, 0, 1})

// phones are sockets that speak to a reflector.
func phones(t *testing.T, r *Reflector) (all []*net.UDPConn) {
	t.Helper()
	for _, to := range r.Addrs() {
		c, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(to))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		all = append(all, c)
	}
	return all
}

// wait returns when a packet waits in each socket.
func (r *Reflector) wait(t *testing.T) {
	t.Helper()
	for _, s := range r.sockets {
		if _, err := unix.Poll([]unix.PollFd{{Fd: s.fd, Events: unix.POLLIN}}, -1); err != nil {
			t.Fatal(err)
		}
	}
}

func openTest(t *testing.T, kind Kind, legs int) *Reflector {
	t.Helper()
	r, err := Open(kind, loopback, 31000, 31999, legs)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

// One packet in is one packet out a tick, the same, to whoever sent it.
func TestReflector_OneInOneOut(t *testing.T) {
	for _, kind := range []Kind{Plain, Connected} {
		r := openTest(t, kind, 20)
		all := phones(t, r)
		if n := r.Tick(); n != 0 {
			t.Errorf("%v: %d packets out of nothing", kind, n)
		}
		const ticks = 50
		total := 0
		for i := range ticks {
			for n, c := range all {
				if _, err := c.Write([]byte{byte(i), byte(n), 0, 1}); err != nil {
					t.Fatal(err)
				}
			}
			r.wait(t)
			total += r.Tick()
			for n, c := range all {
				var got [100]byte
				size, err := c.Read(got[:])
				if want := []byte{byte(i), byte(n), 0, 1}; err != nil || !bytes.Equal(got[:size], want) {
					t.Fatalf("%v: %v, %v came back, want %v", kind, got[:size], err, want)
				}
			}
		}
		if total != ticks*len(all) {
			t.Errorf("%v: %d packets, want %d", kind, total, ticks*len(all))
		}
	}
}

// A tick takes no more than one packet from a socket.
func TestReflector_OneATick(t *testing.T) {
	r := openTest(t, Plain, 1)
	c := phones(t, r)[0]
	for range 3 {
		if _, err := c.Write([]byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 3 {
		r.wait(t)
		if got := r.Tick(); got != 1 {
			t.Errorf("tick %d: %d packets, want 1", i, got)
		}
	}
	if got := r.Tick(); got != 0 {
		t.Errorf("%d packets more than were sent", got)
	}
}

// A connected socket hears its first phone alone; a plain one hears all.
func TestReflector_Connected(t *testing.T) {
	for kind, want := range map[Kind][]string{Plain: {"first", "second", "first"}, Connected: {"first", "first"}} {
		r := openTest(t, kind, 1)
		first, second := phones(t, r)[0], phones(t, r)[0]
		say := func(c *net.UDPConn, word string) {
			if _, err := c.Write([]byte(word)); err != nil {
				t.Fatal(err)
			}
		}
		hears := func(c *net.UDPConn, word string) {
			var got [100]byte
			if n, err := c.Read(got[:]); err != nil || string(got[:n]) != word {
				t.Errorf("%v: %q, %v came back, want %q", kind, got[:n], err, word)
			}
		}
		say(first, "first")
		r.wait(t)
		r.Tick()
		say(second, "second")
		say(first, "first")
		for range want[1:] {
			r.wait(t)
			r.Tick()
		}
		for _, word := range want {
			hears(map[string]*net.UDPConn{"first": first, "second": second}[word], word)
		}
		if n := r.Tick(); n != 0 {
			t.Errorf("%v: %d packets more than were wanted", kind, n)
		}
	}
}

func TestReflector_TickAllocatesNothing(t *testing.T) {
	r := openTest(t, Plain, 10)
	if n := testing.AllocsPerRun(100, func() { r.Tick() }); n != 0 {
		t.Errorf("%v allocations a tick", n)
	}
}

func TestOpen_NoRoom(t *testing.T) {
	if r, err := Open(Plain, loopback, 31000, 31001, 3); err == nil {
		r.Close()
		t.Error("three sockets on two ports")
	}
}
