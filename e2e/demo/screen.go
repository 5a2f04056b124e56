package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// The widths of the bars, in characters: lines stay below 80, because what wraps cannot be rewritten.
const (
	gaugeWidth = 20
	shareWidth = 20
)

// The colours, as parameters of the SGR escape sequence.
const (
	bold  = "1"
	dim   = "2"
	green = "32"
	cyan  = "36"
)

// screen writes the demo for people. On a terminal the gauges rewrite themselves; elsewhere there is a line for each
// quarter of the work, and no colour.
type screen struct {
	out      io.Writer
	terminal bool
	colour   bool
}

// gauge shows a part, 0 to 1, of the whole work.
type gauge struct {
	name string
	part float64
	text string
}

func newScreen(out *os.File) *screen {
	info, err := out.Stat()
	terminal := err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb"
	return &screen{out: out, terminal: terminal, colour: terminal && os.Getenv("NO_COLOR") == ""}
}

// write ignores errors: that nobody looks any more is no reason to leave the work half done.
func (s *screen) write(format string, args ...any) { _, _ = fmt.Fprintf(s.out, format, args...) }

func (s *screen) paint(colour, text string) string {
	if !s.colour {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}

func (s *screen) title(text string) { s.write("\n%s\n\n", s.paint(bold, text)) }

func (s *screen) line(text string) { s.write("  %s\n", s.paint(dim, text)) }

func (s *screen) success(text string) { s.write("\n%s\n\n", s.paint(green, text)) }

// progress shows how far the work is until it is done; the first gauge is the whole.
func (s *screen) progress(state func() []gauge, work func() error) error {
	done := make(chan error, 1)
	go func() { done <- work() }()
	redraw := time.NewTicker(100 * time.Millisecond)
	defer redraw.Stop()
	s.write("\n")
	lines, quarter := 0, 0
	show := func() {
		gauges := state()
		if s.terminal {
			s.redraw(gauges, lines)
			lines = len(gauges)
			return
		}
		if now := int(4 * gauges[0].part); now > quarter {
			quarter = now
			s.write("  %s %3.0f %%  %s\n", gauges[0].name, 100*gauges[0].part, gauges[0].text)
		}
	}
	for {
		select {
		case err := <-done:
			show()
			return err
		case <-redraw.C:
			show()
		}
	}
}

// redraw draws the gauges over the lines above.
func (s *screen) redraw(gauges []gauge, lines int) {
	if lines > 0 {
		s.write("\x1b[%dA", lines)
	}
	for _, g := range gauges {
		drawn := s.paint(cyan, bar(g.part, gaugeWidth))
		s.write("\r\x1b[K  %-10s %s %3.0f %%  %s\n", g.name, drawn, 100*g.part, g.text)
	}
}

// table shows what each backend got.
func (s *screen) table(r report) {
	const format = "  %-10s %8s %9s  %7s  %s  %12s"
	blank := strings.Repeat(" ", shareWidth)
	header := fmt.Sprintf(format, "backend", "traces", "spans", "share", blank, "split traces")
	s.write("\n%s\n", s.paint(bold, header))
	for _, row := range r.rows {
		s.write(format+"\n", row.name, grouped(row.traces), grouped(row.spans), percent(row.share),
			s.paint(cyan, bar(row.share, shareWidth)), grouped(row.split))
	}
	s.write(format+"\n", "total", grouped(r.total.traces), grouped(r.total.spans), percent(r.total.share), blank,
		grouped(r.total.split))
}

func percent(share float64) string { return fmt.Sprintf("%.1f %%", 100*share) }

// bar draws a part, 0 to 1, of so many characters, to an eighth of a character.
func bar(part float64, width int) string {
	eighths := int(min(max(part, 0), 1)*float64(8*width) + 0.5)
	text := strings.Repeat("█", eighths/8)
	if eighths%8 > 0 {
		text += string([]rune("▏▎▍▌▋▊▉")[eighths%8-1])
	}
	return text + strings.Repeat(" ", width-(eighths+7)/8)
}
