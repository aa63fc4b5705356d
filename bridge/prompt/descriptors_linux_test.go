package prompt

import (
	"fmt"
	"net/http/httptest"
	"net/netip"
	"os"
	"testing"

	"partyline/bridge/prompt/misbehave"
)

func TestF31_Descriptors(t *testing.T) {
	run := func() {
		web := misbehave.New()
		srv := httptest.NewServer(web)
		defer srv.Close()
		l := New(Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
		defer l.Close()
		frame := make([]int16, 160)
		for i := range 300 {
			s := l.Open(Request{URL: fmt.Sprintf("%s/f31/300ms.wav?%d", srv.URL, i), Rate: rate})
			s.ReadFrame(frame)
			s.Stop()
		}
		if got := outcome(t, l, srv.URL+"/second.wav"); got != "played" {
			t.Errorf("afterwards: %s", got)
		}
	}
	run() // what is opened once for the process
	before := descriptors(t)
	run()
	if after := descriptors(t); after > before {
		t.Errorf("%d descriptors are open, %d were before", after, before)
	}
}

// descriptors returns how many file descriptors the process has open.
func descriptors(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}
