package prompt

import (
	"bufio"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"partyline/media/mp3"
)

// answer is what a server gave, up to where its format is known.
type answer struct {
	body      *bufio.Reader
	raw       *body
	final     *url.URL // after redirects
	format    format
	mime      string
	size      int64 // of the body in bytes, -1 unknown
	broadcast bool  // an Icecast or Shoutcast broadcast
	header    http.Header
	unchanged bool // 304: what is cached holds
}

// classify reads the first bytes of a response and decides what it is.
func classify(resp *http.Response, b *body) (*answer, error) {
	ans := &answer{raw: b, final: resp.Request.URL, header: resp.Header, size: resp.ContentLength}
	switch {
	case resp.StatusCode == http.StatusNotModified:
		ans.unchanged = true
		return ans, nil
	case resp.StatusCode == http.StatusNoContent:
		return nil, &Error{Kind: FetchFailed, Reason: "status-204", Err: errors.New(resp.Status)}
	case resp.StatusCode/100 != 2:
		return nil, &Error{Kind: FetchFailed, Reason: "status-" + strconv.Itoa(resp.StatusCode), Err: errors.New(resp.Status)}
	}
	r, err := decoded(resp, b)
	if err != nil {
		return nil, err
	}
	if len(resp.Header.Values("Content-Encoding")) > 0 {
		ans.size = -1
	}
	ans.broadcast = len(resp.Header.Values("Icy-Name"))+len(resp.Header.Values("Icy-Br"))+len(resp.Header.Values("Icy-Metaint")) > 0
	ans.mime = resp.Header.Get("Content-Type")
	ans.body = bufio.NewReaderSize(r, 4096)
	return ans, ans.sniff()
}

// sniff decides the format, by few bytes when they suffice so that a slow
// broadcast starts soon.
func (ans *answer) sniff() error {
	for _, want := range []int{16, sniffLen} {
		head, err := ans.body.Peek(want)
		if err != nil && err != io.EOF && len(head) < 16 {
			return err
		}
		if len(head) == 0 {
			return &Error{Kind: FetchFailed, Reason: "empty", Err: errors.New("an empty answer")}
		}
		head, _ = ans.body.Peek(min(ans.body.Buffered(), sniffLen))
		if ans.format = sniff(head, ans.mime); ans.format != formatNone {
			break
		}
	}
	return nil
}

// decoded returns the body of resp without Content-Encoding and Icecast
// metadata. What is read from it is bounded by its readers.
func decoded(resp *http.Response, b io.Reader) (io.Reader, error) {
	switch enc := strings.ToLower(resp.Header.Get("Content-Encoding")); enc {
	case "", "identity":
	case "gzip", "x-gzip":
		return gzip.NewReader(b)
	default:
		return nil, &Error{Kind: FetchFailed, Reason: "encoding", Err: errors.New("Content-Encoding " + strconv.Quote(enc))}
	}
	if n, err := strconv.Atoi(resp.Header.Get("Icy-Metaint")); err == nil && n > 0 {
		return mp3.NewICYReader(b, n), nil
	}
	return b, nil
}

// memoryAnswer returns an answer of which everything is there already.
func memoryAnswer(b *body, size int64) *answer {
	return &answer{body: bufio.NewReader(b), raw: b, final: &url.URL{}, format: formatWAV, size: size}
}
