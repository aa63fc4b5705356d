package api

import (
	"encoding/base64"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"partyline/bridge"
)

// maxPageSize is the longest page, as Twilio documents it.
const maxPageSize = 1000

// listQuery is what the query of a list asks for.
type listQuery struct {
	params params
	number int // of the page, from 0
	size   int
	after  *cursor // the last item of the page before, nil when not told
	// kept are the filters that the links to other pages repeat.
	kept url.Values
}

// readListQuery reads the paging part of a list's query. An empty value
// counts as absent there, and a token that is not ours is ignored: the page
// number says the same.
func readListQuery(x *exchange) (*listQuery, error) {
	p, err := parseForm(x.r.URL.RawQuery)
	if err != nil {
		return nil, err
	}
	for name, value := range p {
		if value.text == "" {
			delete(p, name)
		}
	}
	q := &listQuery{params: p, kept: url.Values{}}
	b := &binder{params: p}
	q.number = b.number("Page", 0, 0, math.MaxInt32)
	q.size = b.number("PageSize", x.dialect.defaultPageSize, 1, maxPageSize)
	if token := b.text("PageToken"); token != nil {
		q.after = parseCursor(*token)
	}
	if b.err != nil {
		return nil, b.err
	}
	return q, nil
}

// number returns a whole number within bounds, or what stands for its absence.
func (b *binder) number(name string, absent, low, high int) int {
	text := b.text(name)
	if text == nil {
		return absent
	}
	n, err := strconv.Atoi(*text)
	if err != nil || n < low || n > high {
		b.fail(rangeProblem(name, low, high))
	}
	return n
}

// cursor is an item's place in a list. Unlike a page number it holds still
// while other items come and go.
type cursor struct {
	created time.Time
	id      string
	newest  bool // the list begins with its newest item
}

// conferenceCursor orders conferences with the newest first.
func conferenceCursor(c *bridge.ConferenceView) cursor {
	return cursor{created: c.Created, id: c.ID, newest: true}
}

// participantCursor orders participants as they came.
func participantCursor(p *bridge.ParticipantView) cursor {
	return cursor{created: p.Created, id: p.CallID}
}

// compare says which place comes first.
func (c cursor) compare(d cursor) int {
	order := c.created.Compare(d.created)
	if order == 0 {
		order = strings.Compare(c.id, d.id)
	}
	if c.newest {
		return -order
	}
	return order
}

// token writes a cursor as a PageToken.
func (c cursor) token() string {
	return "PA" + base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(c.created.UnixNano(), 10)+" "+c.id))
}

// parseCursor reads a PageToken, nil when it is not one of ours.
func parseCursor(token string) *cursor {
	coded, ours := strings.CutPrefix(token, "PA")
	plain, err := base64.RawURLEncoding.DecodeString(coded)
	if !ours || err != nil {
		return nil
	}
	nanos, id, ok := strings.Cut(string(plain), " ")
	n, err := strconv.ParseInt(nanos, 10, 64)
	if !ok || err != nil {
		return nil
	}
	return &cursor{created: time.Unix(0, n), id: id}
}

// pageLinks is what the JSON of every page carries besides its items.
type pageLinks struct {
	Page            int     `json:"page"`
	PageSize        int     `json:"page_size"`
	Start           int     `json:"start"`
	End             int     `json:"end"`
	FirstPageURI    string  `json:"first_page_uri"`
	NextPageURI     *string `json:"next_page_uri"`
	PreviousPageURI *string `json:"previous_page_uri"`
	URI             string  `json:"uri"`
}

type conferencesPage struct {
	Conferences []conferenceView `json:"conferences"`
	pageLinks
}

type participantsPage struct {
	Participants []participantView `json:"participants"`
	pageLinks
}

// page is one page of a list, ready to be rendered.
type page[T any] struct {
	items []T
	links pageLinks
}

// cutPage sorts items, which it may reorder, and cuts out the page that was
// asked for. The list lies at self, without suffix.
func cutPage[T any](q *listQuery, self string, items []T, place func(T) cursor) page[T] {
	slices.SortStableFunc(items, func(a, b T) int { return place(a).compare(place(b)) })
	from := q.from(len(items), func(i int) cursor { return place(items[i]) })
	to := min(from+q.size, len(items))
	p := page[T]{items: items[from:to], links: q.links(self)}
	if from < to {
		p.links.Start = q.number * q.size
		p.links.End = p.links.Start + to - from - 1
	}
	if to < len(items) && from < to {
		next := q.link(self, q.number+1, place(items[to-1]).token())
		p.links.NextPageURI = &next
	}
	return p
}

// from returns the index of a page's first item among n.
func (q *listQuery) from(n int, place func(int) cursor) int {
	if q.after == nil {
		return int(min(int64(q.number)*int64(q.size), int64(n)))
	}
	i := 0
	for i < n && place(i).compare(*q.after) <= 0 {
		i++
	}
	return i
}

// links returns the links that do not depend on the items.
func (q *listQuery) links(self string) pageLinks {
	l := pageLinks{
		Page:         q.number,
		PageSize:     q.size,
		FirstPageURI: q.link(self, 0, ""),
	}
	token := ""
	if q.after != nil {
		token = q.after.token()
	}
	l.URI = q.link(self, q.number, token)
	if q.number > 0 {
		previous := q.link(self, q.number-1, "")
		l.PreviousPageURI = &previous
	}
	return l
}

// link returns the URI of a page, filters and all.
func (q *listQuery) link(self string, number int, token string) string {
	v := url.Values{}
	for name, values := range q.kept {
		v[name] = values
	}
	v.Set("Page", strconv.Itoa(number))
	v.Set("PageSize", strconv.Itoa(q.size))
	if token != "" {
		v.Set("PageToken", token)
	}
	return self + ".json?" + v.Encode()
}
