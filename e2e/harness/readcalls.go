package harness

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// ReadCalls is how often the process has read anything so far, as Linux counts it: files and sockets, a call at a time.
func (p *Process) ReadCalls() (int, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/io", p.cmd.Process.Pid))
	if err != nil {
		return 0, fmt.Errorf("cannot tell how often %s has read: %w", p.name, err)
	}
	for line := range strings.Lines(string(text)) {
		if calls, found := strings.CutPrefix(line, "syscr: "); found {
			return strconv.Atoi(strings.TrimSpace(calls))
		}
	}
	return 0, fmt.Errorf("the system does not tell how often %s has read", p.name)
}
