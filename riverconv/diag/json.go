package diag

import (
	"encoding/json"
	"io"
)

// jsonDiagnostic fixes the names that WriteJSON prints.
type jsonDiagnostic struct {
	Severity string `json:"severity"`
	Code     Code   `json:"code"`
	Range
	Summary string `json:"summary"`
	Detail  string `json:"detail,omitempty"`
}

// WriteJSON prints the list for programs: one JSON object a line, with severity, code, file, start, end, summary and
// detail.
func WriteJSON(w io.Writer, list List) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, d := range list {
		if err := enc.Encode(jsonDiagnostic{d.Severity.String(), d.Code, d.Range, d.Summary, d.Detail}); err != nil {
			return err
		}
	}
	return nil
}
