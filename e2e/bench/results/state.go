package results

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"slices"
)

// Read is what a file holds of a setting, by the names of cells; the last result of a cell counts. Results of other
// settings are left out, and so is a line that was not written to its end: its cell has not been run. A file that is
// not there holds nothing.
func Read(path string, setting Setting) (map[string]Result, error) {
	found := map[string]Result{}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return found, nil
	}
	if err != nil {
		return nil, err
	}
	for line := range bytes.Lines(text) {
		var r Result
		if json.Unmarshal(line, &r) == nil && r.Setting == setting {
			found[r.Cell] = r
		}
	}
	return found, nil
}

// Append adds a result to a file.
func Append(path string, r Result) error {
	line, err := json.Marshal(r)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	// The line before may have been cut off.
	_, err = file.Write(slices.Concat([]byte("\n"), line, []byte("\n")))
	return errors.Join(err, file.Close())
}
