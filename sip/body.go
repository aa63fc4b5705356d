package sip

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"strings"

	sipgo "github.com/emiago/sipgo/sip"
)

const sdpType = "application/sdp"

// maxParts bounds the parts of a multipart body that are looked at.
const maxParts = 16

// sessionDescription returns the SDP in a request, nil when it has none, or a
// refusal for a body that can't be used (RFC 3261 section 8.2.3).
func sessionDescription(req *sipgo.Request) ([]byte, *refusal) {
	body := req.Body()
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, nil
	}
	if enc := headerValue(req, "Content-Encoding", "e"); enc != "" && !strings.EqualFold(enc, "identity") {
		return nil, refuse(sipgo.StatusUnsupportedMediaType, "Accept-Encoding", "identity")
	}
	kind, params, err := mime.ParseMediaType(headerValue(req, "Content-Type", "c"))
	switch {
	case err == nil && kind == sdpType:
		return body, nil
	case err == nil && strings.HasPrefix(kind, "multipart/"):
		if part := sdpPart(body, params["boundary"]); part != nil {
			return part, nil
		}
	case err != nil && bytes.HasPrefix(body, []byte("v=0")):
		return body, nil // a Content-Type forgotten or misspelt
	}
	if isOptional(headerValue(req, "Content-Disposition")) {
		return nil, nil
	}
	return nil, refuse(sipgo.StatusUnsupportedMediaType, "Accept", sdpType)
}

// sdpPart returns the first SDP part of a multipart body, nil if there is
// none.
func sdpPart(body []byte, boundary string) []byte {
	if boundary == "" {
		return nil
	}
	r := multipart.NewReader(bytes.NewReader(body), boundary)
	for range maxParts {
		p, err := r.NextPart()
		if err != nil {
			return nil
		}
		kind, _, _ := mime.ParseMediaType(p.Header.Get("Content-Type"))
		if kind != sdpType {
			continue
		}
		part, err := io.ReadAll(p)
		if err != nil {
			return nil
		}
		return part
	}
	return nil
}

// isOptional reports a Content-Disposition that lets the body be ignored.
func isOptional(disposition string) bool {
	_, params, err := mime.ParseMediaType(disposition)
	return err == nil && strings.EqualFold(params["handling"], "optional")
}

// headerValue returns the value of the first header of any of the names.
func headerValue(req *sipgo.Request, names ...string) string {
	for _, h := range req.Headers() {
		if isNamed(h, names) {
			return strings.TrimSpace(h.Value())
		}
	}
	return ""
}

// headerList splits the values of all headers of the names at commas.
func headerList(req *sipgo.Request, names ...string) []string {
	var out []string
	for _, h := range req.Headers() {
		if !isNamed(h, names) {
			continue
		}
		for v := range strings.SplitSeq(h.Value(), ",") {
			if v = strings.TrimSpace(v); v != "" {
				out = append(out, v)
			}
		}
	}
	return out
}

// isNamed reports a header of one of the names, whatever its case.
func isNamed(h sipgo.Header, names []string) bool {
	for _, n := range names {
		if strings.EqualFold(h.Name(), n) {
			return true
		}
	}
	return false
}
