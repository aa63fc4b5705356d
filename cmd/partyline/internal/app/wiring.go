package app

import (
	"sync"

	"partyline/api"
	"partyline/api/metrics"
	"partyline/bridge"
	"partyline/bridge/prompt"
	"partyline/media"
	"partyline/sip"
	"partyline/sip/sdp"
)

// What the settings become for each part of the program.

func (a *App) promptOptions() prompt.Options {
	return prompt.Options{Allow: a.cfg.Fetch.Allow, Log: a.log}
}

func (a *App) bridgeConfig(network *media.UDP) bridge.Config {
	timeout := a.cfg.RTPTimeout
	if timeout == 0 {
		timeout = -1 // never; the bridge takes 0 for its default
	}
	return bridge.Config{
		Network:          network,
		Prompts:          a.prompts,
		Log:              a.log,
		MaxParticipants:  a.cfg.MaxParticipants,
		MinToStart:       a.cfg.MinToStart,
		RTPTimeout:       timeout,
		MaxAge:           a.cfg.MaxAge,
		AnnounceReplaces: a.cfg.AnnounceMode == "replace",
		Source:           sources[a.cfg.RTPSource],
		ClampDTMF:        a.cfg.ClampDTMF,
		MaxRate:          a.cfg.MaxRate,
		Wait:             bridge.SleepUntil,
		Begin:            a.hurry(),
	}
}

// hurry is what each clock begins with. What the system refuses is said once.
func (a *App) hurry() func() {
	var once sync.Once
	return func() {
		if err := bridge.Hurry(); err != nil {
			once.Do(func() {
				a.log.Info("other programs on a busy machine can make the audio unsteady: the system gives the clocks no priority; CAP_SYS_NICE or LimitNICE=-20 allows it", "error", err)
			})
		}
	}
}

func (a *App) apiOptions() api.Options {
	return api.Options{
		Bridge:    a.bridge,
		Accounts:  apiAccounts(a.accounts),
		RateLimit: api.DefaultRateLimit,
		Log:       a.log,
		Version:   a.cfg.Version,
		Observe:   a.metrics.Observe,
	}
}

func (a *App) metricsOptions() metrics.Options {
	return metrics.Options{
		Bridge:       a.bridge,
		Token:        a.cfg.Metrics.Token,
		Participants: a.cfg.Metrics.Participants,
		Version:      a.cfg.Version,
		Calls:        a.calls,
		Log:          a.log,
	}
}

func (a *App) sipOptions() sip.Options {
	listen := make([]sip.Listener, len(a.cfg.SIP))
	for i, l := range a.cfg.SIP {
		listen[i].Addr = l.At.String()
		listen[i].SRTP, _ = l.policy() // Check has accepted it
	}
	codecs, _ := sdp.ParseCodecs(a.cfg.Codecs) // and these
	return sip.Options{
		Bridge:       a.bridge,
		Log:          a.log,
		Listen:       listen,
		Codecs:       codecs,
		OwnOrder:     a.cfg.CodecOrder == "own",
		ComfortNoise: a.cfg.ComfortNoise,
		Advertise:    a.cfg.Advertise,
		Account:      a.accounts[0].SID,
		Rules:        a.cfg.Admission,
		MaxCalls:     a.cfg.MaxCalls,
	}
}
