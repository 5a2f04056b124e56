package otlpwire

// count is how many spans, log records or data points a request holds.
func (s *Splitter) count(request []byte) (int, error) {
	records := 0
	r := read(request, extent{0, len(request)})
	for r.next() {
		if r.number != requestResources || !r.expect(typeBytes) {
			continue
		}
		n, err := countResource(s.signal, request, r.content())
		if err != nil {
			return 0, err
		}
		records += n
	}
	return records, r.err
}
