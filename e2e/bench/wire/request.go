package wire

// Request is a request as it goes over the wire.
type Request struct {
	Body    []byte
	Records int // spans or log records in it
	Arrives int // those of them that should reach a sink, or be counted in metrics
}

// RecordsOf are the records of some requests.
func RecordsOf(requests []Request) (records int) {
	for _, r := range requests {
		records += r.Records
	}
	return records
}
