package sip

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// raw is a response made from the text of a request that no parser would take.
type raw struct {
	data []byte
	to   net.Addr
}

// Bounds on what a stateless response repeats.
const (
	maxRawVias  = 32
	maxRawBytes = 8 << 10
)

// echoed are the headers that a response repeats, by their long names.
var echoed = map[string]string{
	"via": "Via", "v": "Via", "from": "From", "f": "From", "to": "To", "t": "To",
	"call-id": "Call-ID", "i": "Call-ID", "cseq": "CSeq",
}

// rawResponse answers a request without parsing it: RFC 3261 section 8.2.6.2
// needs its Via, From, To, Call-ID and CSeq lines and no understanding of
// them. It returns nil for ACKs, responses, and requests without Via, To or
// CSeq: nobody could use the answer.
func rawResponse(data []byte, start string, from net.Addr, r *refusal, secret []byte) *raw {
	if strings.HasPrefix(start, "SIP/") || strings.HasPrefix(strings.ToUpper(start), "ACK ") {
		return nil
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "SIP/2.0 %s\r\n", r.Error())
	count := make(map[string]int)
	var via string
	for _, line := range headerLines(data) {
		name, value, _ := strings.Cut(line, ":")
		name, ok := echoed[strings.ToLower(strings.TrimSpace(name))]
		value = strings.TrimSpace(value)
		if !ok || count[name] >= maxRawVias || name != "Via" && count[name] > 0 {
			continue
		}
		count[name]++
		if name == "Via" && via == "" {
			via = value
			value = rawVia(value, from)
		}
		if name == "To" && !strings.Contains(strings.ToLower(value), "tag=") {
			value += ";tag=" + rawTag(data, secret)
		}
		fmt.Fprintf(&b, "%s: %s\r\n", name, value)
	}
	if via == "" || count["To"] == 0 || count["CSeq"] == 0 || b.Len() > maxRawBytes {
		return nil
	}
	for _, h := range r.headers {
		fmt.Fprintf(&b, "%s: %s\r\n", h.Name(), h.Value())
	}
	if r.code == 503 && len(r.headers) == 0 {
		b.WriteString("Retry-After: " + retryAfter + "\r\n")
	}
	b.WriteString("Content-Length: 0\r\n\r\n")
	return &raw{data: b.Bytes(), to: rawTarget(via, from)}
}

// headerLines splits the header section, unfolded, without the start line.
func headerLines(data []byte) []string {
	if len(data) > maxHeaderBytes {
		data = data[:maxHeaderBytes]
	}
	var out []string
	for i, line := range strings.Split(string(data), "\n") {
		line = strings.TrimSuffix(line, "\r")
		switch {
		case i == 0:
		case line == "":
			return out
		case (line[0] == ' ' || line[0] == '\t') && len(out) > 0:
			out[len(out)-1] += " " + strings.TrimSpace(line)
		default:
			out = append(out, strings.ReplaceAll(line, "\r", " "))
		}
	}
	return out
}

// rawVia notes the packet's source in the first value of a Via line, whatever
// the sender claimed there.
func rawVia(value string, from net.Addr) string {
	host, port, err := net.SplitHostPort(from.String())
	if err != nil {
		return value
	}
	top, rest, more := strings.Cut(value, ",")
	var params []string
	for _, p := range strings.Split(top, ";") {
		switch name, _, _ := strings.Cut(p, "="); strings.ToLower(strings.TrimSpace(name)) {
		case "received":
			continue
		case "rport":
			p = "rport=" + port
		}
		params = append(params, p)
	}
	top = strings.Join(params, ";") + ";received=" + host
	if more {
		return top + "," + rest
	}
	return top
}

// rawTag is a To tag that is the same for every copy of a datagram.
func rawTag(data, secret []byte) string {
	mac := hmac.New(sha256.New, secret)
	mac.Write(data)
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// rawTarget is where a response goes: to the source's address, and there to
// the UDP port of sent-by, or with rport to the source's own (RFC 3581).
func rawTarget(via string, from net.Addr) net.Addr {
	source, err := netip.ParseAddrPort(from.String())
	if err != nil || strings.Contains(strings.ToLower(via), "rport") {
		return from
	}
	sentBy, _, _ := strings.Cut(via, ";")
	f := strings.Fields(sentBy)
	if len(f) == 0 {
		return from
	}
	port := 5060
	if _, p, err := net.SplitHostPort(f[len(f)-1]); err == nil {
		n, err := strconv.ParseUint(p, 10, 16)
		if err != nil || n == 0 {
			return from
		}
		port = int(n)
	}
	return net.UDPAddrFromAddrPort(netip.AddrPortFrom(source.Addr(), uint16(port)))
}
