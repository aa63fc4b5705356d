package sip

import (
	"fmt"

	sipgo "github.com/emiago/sipgo/sip"

	"partyline/bridge"
)

// reasons are the causes behind the bridge's own BYEs (RFC 3326).
var reasons = map[bridge.LeaveReason]string{
	bridge.Removed:           "Q.850;cause=16",
	bridge.ConferenceEnded:   "Q.850;cause=16",
	bridge.ConferenceStopped: "Q.850;cause=16",
	bridge.MediaTimeout:      "Q.850;cause=102",
	bridge.NoACK:             "SIP;cause=408",
	bridge.SignallingFailed:  "SIP;cause=500",
	bridge.Shutdown:          "SIP;cause=503",
}

// reasonHeader says why the bridge hangs up.
func reasonHeader(r bridge.LeaveReason) sipgo.Header {
	cause, ok := reasons[r]
	if !ok {
		cause = "Q.850;cause=16"
	}
	return sipgo.NewHeader("Reason", fmt.Sprintf("%s;text=%q", cause, string(r)))
}

// refusalForHangup is the final response to an INVITE whose participant was
// sent away before it was answered.
func refusalForHangup(r bridge.LeaveReason) *refusal {
	if r == bridge.Shutdown {
		return refuseBusy()
	}
	out := refuse(sipgo.StatusTemporarilyUnavailable)
	out.headers = append(out.headers, reasonHeader(r))
	return out
}
