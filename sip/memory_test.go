package sip

import (
	"runtime"
	"testing"
	"testing/synctest"
	"weak"
)

// TestL06_DialogIsLetGo: what sipgo keeps of a call's transactions for half a
// minute does not keep its dialog, nor with it the leg.
func TestL06_DialogIsLetGo(t *testing.T) {
	inBubble(t, func(x *setup) {
		p := x.phone(alice)
		p.request("INVITE")
		p.toTag = tagOf(p.want(200).get("To"))
		p.ack()
		d := weak.Make(x.s.all()[0])
		p.hangUp()
		x.bridge.parties = nil // the fake remembers every call
		synctest.Wait()
		runtime.GC()
		runtime.GC()
		if d.Value() != nil {
			t.Error("the dialog is still held")
		}
	})
}
