package demo

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"time"

	"partyline/cmd/partyline/internal/app"
	"partyline/mixer/tone"
	"partyline/sip"
	"partyline/sip/phone"
)

// conference is the friendly name of the one conference.
const conference = "demo"

// stage is everything the script acts on.
type stage struct {
	app    *app.App
	web    *http.Server
	webURL string
	phones map[string]*phone.Phone
	calls  map[string]*phone.Call   // the present or latest call of each phone
	takes  map[string][]*phone.Call // all of them
	client *http.Client
	began  time.Time
}

// openStage starts the bridge, the web server and the phones, all on loopback.
func openStage(ctx context.Context) (*stage, error) {
	s := &stage{
		phones: make(map[string]*phone.Phone),
		calls:  make(map[string]*phone.Call),
		takes:  make(map[string][]*phone.Call),
		client: &http.Client{Transport: new(http.Transport)},
		began:  time.Now(),
	}
	for _, open := range []func(context.Context) error{s.openWeb, s.openApp, s.openPhones} {
		if err := open(ctx); err != nil {
			s.close()
			return nil, fmt.Errorf("demo: %w", err)
		}
	}
	return s, nil
}

func (s *stage) openWeb(ctx context.Context) error {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s.web = &http.Server{Handler: website(), ReadHeaderTimeout: time.Minute}
	s.webURL = "http://" + l.Addr().String() + "/"
	go s.web.Serve(l)
	return nil
}

func (s *stage) openApp(ctx context.Context) (err error) {
	var rules []sip.Rule
	for _, name := range names {
		starts := name != "bob"
		rules = append(rules, sip.Rule{Caller: name + "@*", Label: name, StartConferenceOnEnter: &starts})
	}
	cfg := app.Loopback()
	cfg.Fetch.Allow = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	cfg.Admission = rules
	s.app, err = app.Start(ctx, cfg)
	return err
}

func (s *stage) openPhones(context.Context) error {
	for _, name := range names {
		voice := &tone.Sine{Rate: rate, Hz: hz(name), Level: voiceLevel}
		p, err := phone.New(phone.Config{Name: name, Voice: voice.Fill})
		if err != nil {
			return err
		}
		s.phones[name] = p
	}
	return nil
}

// close ends everything there is.
func (s *stage) close() {
	for _, p := range s.phones {
		p.Close()
	}
	if s.app != nil {
		s.app.Close()
	}
	if s.web != nil {
		s.web.Close()
	}
	s.client.CloseIdleConnections()
}

// call lets a phone dial the conference.
func (s *stage) call(ctx context.Context, name string) error {
	c, err := s.phones[name].Call(ctx, fmt.Sprintf("sip:%s@%s", conference, s.app.SIPAddr()))
	if err != nil {
		return fmt.Errorf("%s calls: %w", name, err)
	}
	s.calls[name] = c
	s.takes[name] = append(s.takes[name], c)
	return nil
}

// marks remembers how much each phone has heard so far.
func (s *stage) marks() map[*phone.Call]int {
	m := make(map[*phone.Call]int)
	for _, c := range s.calls {
		m[c] = c.Mark()
	}
	return m
}
