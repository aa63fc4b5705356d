// Package metrics shows Prometheus how the bridge is doing: every
// participant's audio, the sum of all calls there ever were, the clocks, the
// calls and the control API, in the text format and under /metrics.
//
// Nothing is gathered between scrapes. At a scrape each conference is asked
// once, with one command, for the numbers of all its participants; counters
// that outlive the participants are kept by the bridge itself.
//
// Names begin with partyline_, carry their unit (_seconds, _bytes, _dbov) and
// end in _total where they only grow. What one participant has seen is called
// partyline_participant_…, the sum over all calls partyline_media_…, by the
// same name behind it. A fault moves exactly one of the counters.
package metrics
