package load

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// Control is where, and as whom, the control API is spoken.
type Control struct {
	Addr    string // IP:PORT, "" for nowhere
	Account string
	Token   string
}

// controlPatience is how long an answer of the control API may take.
const controlPatience = 10 * time.Second

// post writes a request that changes something, get one that asks.
func (c Control) post(path string, form url.Values) []byte {
	return c.request("POST", path, form.Encode())
}

func (c Control) get(path string) []byte { return c.request("GET", path, "") }

// request is a whole HTTP request. It is written once and sent often.
func (c Control) request(method, path, body string) []byte {
	return fmt.Appendf(nil, "%s /v2/texml/Accounts/%s%s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n"+
		"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s",
		method, c.Account, path, c.Addr, c.Token, len(body), body)
}

// line is one connection to the control API. It belongs to one goroutine.
type line struct {
	addr string
	conn net.Conn
	in   *bufio.Reader
}

// ask sends a request and returns the body of the answer. Whatever is not 2xx
// is an error.
func (l *line) ask(request []byte) ([]byte, error) {
	if l.conn == nil {
		conn, err := net.DialTimeout("tcp", l.addr, controlPatience)
		if err != nil {
			return nil, err
		}
		l.conn, l.in = conn, bufio.NewReader(conn)
	}
	status, body, err := l.exchange(request)
	if err != nil {
		l.close()
		return nil, err
	}
	if status/100 != 2 {
		return nil, fmt.Errorf("load: the control API answers %d: %.200s", status, body)
	}
	return body, nil
}

func (l *line) exchange(request []byte) (status int, body []byte, err error) {
	if err := l.conn.SetDeadline(time.Now().Add(controlPatience)); err != nil {
		return 0, nil, err
	}
	if _, err := l.conn.Write(request); err != nil {
		return 0, nil, err
	}
	res, err := http.ReadResponse(l.in, nil)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	body, err = io.ReadAll(res.Body)
	return res.StatusCode, body, err
}

// close ends the connection; the next ask makes another.
func (l *line) close() {
	if l.conn != nil {
		l.conn.Close()
		l.conn = nil
	}
}

// party is where a participant is found.
type party struct{ conference, callSID string }

func (p party) path() string {
	return "/Conferences/" + p.conference + "/Participants/" + p.callSID
}

// parties asks who is in the conferences and returns the callers' places, by
// the Call-ID of SIP.
func (r *run) parties() (map[string]party, error) {
	l := &line{addr: r.cfg.Control.Addr}
	defer l.close()
	all := map[string]party{}
	for conference := range r.cfg.Conferences {
		name := r.nameOfConference(conference)
		for page := 0; ; page++ {
			body, err := l.ask(r.cfg.Control.get(fmt.Sprintf("/Conferences/%s/Participants?PageSize=%d&Page=%d", name, pageSize, page)))
			if err != nil {
				return nil, fmt.Errorf("load: who is in %s: %w", name, err)
			}
			n, err := addParties(all, name, body)
			if err != nil {
				return nil, err
			}
			if n < pageSize {
				break
			}
		}
	}
	return all, nil
}

const pageSize = 1000

// addParties reads a page of participants and returns how many are on it.
func addParties(all map[string]party, conference string, page []byte) (int, error) {
	var list struct {
		Participants []struct {
			CallSID   string `json:"call_sid"`
			SIPCallID string `json:"sip_call_id"`
		} `json:"participants"`
	}
	if err := json.Unmarshal(page, &list); err != nil {
		return 0, fmt.Errorf("load: a list of participants: %w", err)
	}
	for _, p := range list.Participants {
		all[p.SIPCallID] = party{conference, p.CallSID}
	}
	return len(list.Participants), nil
}

// nameOfConference is the user part of the URI of a conference.
func (r *run) nameOfConference(n int) string {
	name := fmt.Sprintf(r.cfg.URI, n)
	if _, rest, ok := strings.Cut(name, ":"); ok {
		name = rest
	}
	name, _, _ = strings.Cut(name, "@")
	return name
}

// assign tells the bridge what callers do besides.
func (r *run) assign(ctx context.Context) error {
	if !r.cfg.needsControl() {
		return nil
	}
	parties, err := r.parties()
	if err != nil {
		return err
	}
	r.places = make([]party, r.cfg.Calls)
	for i := range r.places {
		p, ok := parties[r.steady[i].id]
		if !ok {
			return fmt.Errorf("load: caller %d is not among the participants that the control API lists", i)
		}
		r.places[i] = p
	}
	orders := r.orders()
	if len(orders) > 0 {
		r.cfg.tell("%d callers are made to coach, hear announcements, or are put on hold or muted", len(orders))
	}
	return r.askAll(ctx, orders)
}

// orders are the requests that give the callers their roles.
func (r *run) orders() (all [][]byte) {
	for i, role := range r.plan.roles {
		form := url.Values{}
		switch role {
		case coach:
			form.Set("Coaching", "true")
			form.Set("CallSidToCoach", r.places[r.cfg.coachee(i)].callSID)
		case announced:
			form.Set("AnnounceUrl", r.website.url("announce.xml"))
		case held:
			form.Set("Hold", "true")
			form.Set("HoldUrl", r.website.url("hold.wav"))
		case muted:
			form.Set("Muted", "true")
		default:
			continue
		}
		all = append(all, r.cfg.Control.post(r.places[i].path(), form))
	}
	return all
}

// askAll sends requests, some at a time, and returns the first error.
func (r *run) askAll(ctx context.Context, requests [][]byte) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	todo := make(chan []byte)
	var workers sync.WaitGroup
	for range 16 {
		workers.Go(func() {
			l := &line{addr: r.cfg.Control.Addr}
			defer l.close()
			for request := range todo {
				if _, err := l.ask(request); err != nil {
					cancel(err)
				}
			}
		})
	}
	for _, request := range requests {
		if ctx.Err() != nil {
			break
		}
		todo <- request
	}
	close(todo)
	workers.Wait()
	return context.Cause(ctx)
}
