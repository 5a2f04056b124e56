package report

import (
	"bytes"
	"fmt"
	"html"
)

// canvas writes SVG. Libraries that draw plots would bring fonts, LaTeX and PDF into the go.mod that pins the
// collector, for little more than this.
type canvas struct{ out bytes.Buffer }

// looks are those of a light page, and of a dark one.
const looks = `
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.title { font-weight: 600; font-size: 15px } .end { text-anchor: end } .middle { text-anchor: middle }
.page { fill: #ffffff } .grid { stroke: #d8dee4 } .one { stroke: #57606a; stroke-width: 1.5 }
.target { stroke: #cf222e; stroke-width: 2.5 } .spread { stroke-width: 4; stroke-opacity: .35; stroke-linecap: round }
.s0 { fill: #0969da; stroke: #0969da } .s1 { fill: #bc4c00; stroke: #bc4c00 } .s2 { fill: #1a7f37; stroke: #1a7f37 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .page { fill: #0d1117 } .grid { stroke: #30363d } .one { stroke: #9198a1 }
  .target { stroke: #ff7b72 } .s0 { fill: #58a6ff; stroke: #58a6ff } .s1 { fill: #f0883e; stroke: #f0883e }
  .s2 { fill: #3fb950; stroke: #3fb950 }
}
`

// newCanvas is an empty canvas, of a size in pixels, with a text for those who do not see it.
func newCanvas(width int, height float64, about string) *canvas {
	c := &canvas{}
	c.element(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %g" width="%d" role="img" aria-label="%s">`,
		width, height, width, html.EscapeString(about))
	c.element("<style>%s</style>", looks)
	c.element(`<rect class="page" width="100%%" height="100%%"/>`)
	return c
}

func (c *canvas) element(format string, args ...any) { fmt.Fprintf(&c.out, format+"\n", args...) }

func (c *canvas) text(x, y float64, class, text string) {
	c.element(`<text x="%.1f" y="%.1f" class="%s">%s</text>`, x, y, class, html.EscapeString(text))
}

func (c *canvas) line(x1, y1, x2, y2 float64, class string) {
	c.element(`<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" class="%s"/>`, x1, y1, x2, y2, class)
}

func (c *canvas) dot(x, y float64, series int) {
	c.element(`<circle cx="%.1f" cy="%.1f" r="5" class="s%d"/>`, x, y, series)
}

// finish is the whole picture.
func (c *canvas) finish() []byte {
	c.element("</svg>")
	return c.out.Bytes()
}
