package prompt

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// The limits of a document.
const (
	maxDepth = 16
	maxVerbs = 1000
	maxLoop  = 1_000_000
	maxPause = 180 * time.Second
)

// verb is one instruction of a document.
type verb struct {
	name  string
	attrs map[string]string
	text  string // trimmed, of all nested elements too
}

// docError returns the error for a document that is refused.
func docError(reason, format string, args ...any) error {
	return &Error{Kind: DocumentError, Reason: reason, Err: fmt.Errorf(format, args...)}
}

// parseTeXML returns the verbs of a document, known or not. It refuses what is
// not well-formed UTF-8 XML with the root Response, and any DOCTYPE, so that no
// entity is ever declared or fetched.
func parseTeXML(doc []byte) ([]verb, error) {
	doc = bytes.TrimPrefix(doc, []byte("\xEF\xBB\xBF"))
	if !utf8.Valid(doc) || bytes.IndexByte(doc, 0) >= 0 {
		return nil, docError("encoding", "not UTF-8")
	}
	p := texmlParser{dec: xml.NewDecoder(bytes.NewReader(doc))}
	p.dec.CharsetReader = func(label string, r io.Reader) (io.Reader, error) {
		return nil, docError("encoding", "charset %q", label)
	}
	for {
		tok, err := p.dec.RawToken()
		switch {
		case err == io.EOF:
			return p.end()
		case err != nil:
			return nil, syntaxError(err)
		}
		if err := p.token(tok); err != nil {
			return nil, err
		}
	}
}

// syntaxError gives an error of encoding/xml a reason.
func syntaxError(err error) error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return docError("syntax", "%w", err)
}

// texmlParser is a document that is being read, token by token.
type texmlParser struct {
	dec   *xml.Decoder
	open  []string // names of the elements around the present place
	done  bool     // the root is closed
	verbs []verb
	text  strings.Builder // of the present verb
}

// token takes one token.
func (p *texmlParser) token(tok xml.Token) error {
	switch tok := tok.(type) {
	case xml.Directive:
		return docError("doctype", "a DOCTYPE is refused")
	case xml.StartElement:
		return p.start(tok)
	case xml.EndElement:
		return p.close(tok.Name.Local)
	case xml.CharData:
		if len(p.open) >= 2 {
			p.text.Write(tok)
		} else if len(bytes.TrimSpace(tok)) > 0 {
			return docError("syntax", "text outside of verbs")
		}
	}
	return nil
}

// start takes a start tag.
func (p *texmlParser) start(tok xml.StartElement) error {
	name := tok.Name.Local
	switch {
	case p.done:
		return docError("syntax", "a second root element")
	case len(p.open) == 0 && name != "Response":
		return docError("root", "the root is %q, not Response", name)
	case len(p.open) == maxDepth:
		return docError("depth", "more than %d nested elements", maxDepth)
	case len(p.verbs) == maxVerbs:
		return docError("size", "more than %d verbs", maxVerbs)
	}
	if len(p.open) == 1 {
		v := verb{name: name, attrs: make(map[string]string, len(tok.Attr))}
		for _, a := range tok.Attr {
			v.attrs[a.Name.Local] = a.Value
		}
		p.verbs = append(p.verbs, v)
		p.text.Reset()
	}
	p.open = append(p.open, name)
	return nil
}

// close takes an end tag.
func (p *texmlParser) close(name string) error {
	n := len(p.open)
	if n == 0 || p.open[n-1] != name {
		return docError("syntax", "unexpected </%s>", name)
	}
	p.open = p.open[:n-1]
	switch n {
	case 2:
		p.verbs[len(p.verbs)-1].text = strings.TrimSpace(p.text.String())
	case 1:
		p.done = true
	}
	return nil
}

// end returns the verbs once the document has been read.
func (p *texmlParser) end() ([]verb, error) {
	if !p.done {
		return nil, docError("syntax", "the document ends too early")
	}
	return p.verbs, nil
}

// loops returns the value of the loop attribute, 0 for endless.
func (v verb) loops() (int, error) {
	s, ok := v.attrs["loop"]
	if !ok {
		return 1, nil
	}
	n, err := strconv.Atoi(strings.TrimSpace(s))
	if err != nil || n < 0 {
		return 1, docError("attribute", "%s loop=%q", v.name, s)
	}
	return min(n, maxLoop), nil
}

// pause returns the value of the length attribute of a Pause.
func (v verb) pause() (time.Duration, error) {
	s, ok := v.attrs["length"]
	if !ok {
		return time.Second, nil
	}
	n, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil || !(n >= 0) {
		return time.Second, docError("attribute", "Pause length=%q", s)
	}
	return time.Duration(min(n, maxPause.Seconds()) * float64(time.Second)), nil
}
