package sip

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
)

// trunk makes calls through the front end, the signalling of which is all
// there is: simulated wire, fake bridge.
type trunk struct {
	tb     testing.TB
	bridge *fakeBridge
	conn   *memConn
	to     *memConn
	calls  int
	buf    [4096]byte
}

// newTrunk starts a server on real time, for nothing here waits for any.
func newTrunk(tb testing.TB) *trunk {
	w := &wire{}
	b := &fakeBridge{wire: w}
	s, err := New(Options{
		host: b, Account: "AC1", Listen: []Listener{{Conn: w.listen(serverAddr)}},
		RatePerSource: 1 << 30, MaxCalls: 1 << 20,
	})
	if err != nil {
		tb.Fatal(err)
	}
	served := make(chan error)
	ctx, cancel := context.WithCancel(context.Background())
	go func() { served <- s.Serve(ctx) }()
	tb.Cleanup(func() {
		cancel()
		<-served
	})
	return &trunk{tb: tb, bridge: b, conn: w.listen(alice), to: w.conns[serverAddr]}
}

// dial brings up a call and acknowledges it. It returns the To header.
func (k *trunk) dial() (id, to string) {
	k.calls++
	id = fmt.Sprint("call", k.calls)
	k.send("INVITE", "I", id, "<sip:lobby@127.0.0.1>", 1, k.offer())
	to = k.answer("\r\nTo: ")
	k.send("ACK", "A", id, to, 1, "")
	return id, to
}

// hangUp ends a call.
func (k *trunk) hangUp(id, to string) {
	k.send("BYE", "B", id, to, 2, "")
	k.answer("\r\nTo: ")
}

func (k *trunk) offer() string { return offerAt("127.0.0.2", 4000, "0 8 101") }

func (k *trunk) send(method, branch, id, to string, seq int, body string) {
	kind := ""
	if body != "" {
		kind = "Content-Type: application/sdp\r\n"
	}
	text := fmt.Sprintf("%[1]s sip:lobby@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP %[2]s;branch=z9hG4bK%[3]s%[4]s;rport\r\n"+
		"Max-Forwards: 70\r\nFrom: <sip:trunk@%[2]s>;tag=%[4]s\r\nTo: %[5]s\r\nCall-ID: %[4]s\r\nCSeq: %[6]d %[1]s\r\n"+
		"Contact: <sip:trunk@%[2]s>\r\n%[7]sContent-Length: %[8]d\r\n\r\n%[9]s",
		method, alice, branch, id, to, seq, kind, len(body), body)
	k.conn.WriteTo([]byte(text), k.to.addr)
}

// answer returns a header of the next 200.
func (k *trunk) answer(name string) string {
	for {
		n, _, err := k.conn.ReadFrom(k.buf[:])
		got := k.buf[:n]
		switch {
		case err != nil:
			k.tb.Fatal(err)
		case bytes.HasPrefix(got, []byte("SIP/2.0 1")):
			continue
		case !bytes.HasPrefix(got, []byte("SIP/2.0 200 ")):
			k.tb.Fatalf("got\n%s", got)
		}
		_, rest, _ := strings.Cut(string(got), name)
		value, _, _ := strings.Cut(rest, "\r\n")
		return value
	}
}

// BenchmarkCall is the signalling of a call: INVITE, 200, ACK, BYE, 200. What
// the other side of the wire allocates is some 30 of the allocations.
func BenchmarkCall(b *testing.B) {
	k := newTrunk(b)
	b.ReportAllocs()
	for b.Loop() {
		k.hangUp(k.dial())
		k.bridge.parties = k.bridge.parties[:0]
	}
}

// TestCallAllocations bounds what the signalling of a call leaves to the
// collector.
func TestCallAllocations(t *testing.T) {
	k := newTrunk(t)
	n := testing.AllocsPerRun(200, func() { k.hangUp(k.dial()) })
	t.Logf("%.0f allocations per call", n)
	if n > 550 {
		t.Errorf("a call makes %.0f allocations, want 550 at most", n)
	}
}

// TestStandingCallHoldsNoGoroutine: once a call is acknowledged nothing waits
// on its behalf.
func TestStandingCallHoldsNoGoroutine(t *testing.T) {
	inBubble(t, func(x *setup) {
		synctest.Wait()
		before := runtime.NumGoroutine()
		for range 50 {
			p := x.phone(fmt.Sprintf("127.0.0.2:%d", 5070+x.ids))
			p.call()
		}
		synctest.Wait()
		if n := runtime.NumGoroutine() - before; n > 0 {
			t.Errorf("50 calls hold %d goroutines", n)
		}
		x.s.mu.Lock()
		defer x.s.mu.Unlock()
		if n := x.s.kept.Load(); n > 0 {
			t.Errorf("50 calls hold %d transactions", n)
		}
	})
}

// TestStandingCallMemory bounds what the signalling keeps of a call that
// stands, less what only the fake bridge keeps.
func TestStandingCallMemory(t *testing.T) {
	const calls = 1000
	k := newTrunk(t)
	k.hangUp(k.dial())
	before := heap()
	for range calls {
		k.dial()
	}
	k.send("OPTIONS", "O", "last", "<sip:lobby@127.0.0.1>", 1, "") // behind the last ACK
	k.answer("\r\nTo: ")
	k.bridge.parties = nil
	each := (heap() - before) / calls
	t.Logf("%d bytes per call", each)
	if each > 4<<10 {
		t.Errorf("a call holds %d bytes, want 4 KiB at most", each)
	}
}

// heap is how many bytes live.
func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
