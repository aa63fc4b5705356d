package api

import (
	"net/http/httptest"
	"strings"
	"testing"
)

// BenchmarkUpdate measures all of a participant update but the bridge's part.
func BenchmarkUpdate(b *testing.B) {
	h := New(Options{Bridge: newFake(), Accounts: twoAccounts, RateLimit: 1 << 30})
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequest("POST", telnyxAlice, strings.NewReader("Muted=true&HoldUrl=http%3A%2F%2Fe.x%2Fh.mp3"))
		r.Header.Set("Content-Type", formType)
		r.Header.Set("Authorization", "Bearer "+tokenB)
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, r); w.Code != 200 {
			b.Fatal(w.Body)
		}
	}
}
