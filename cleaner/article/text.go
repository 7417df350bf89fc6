package article

import "strings"

// PlainText renders nodes: a blank line between blocks, a line break between list items, cells of a table row
// joined by " | " without the empty ones, no pictures, no final newline.
func PlainText(body []Node) string {
	var sb strings.Builder
	sb.Grow(textSize(body))
	for i := range body {
		writeText(&sb, &body[i], "\n\n")
	}
	return sb.String()
}

// textSize is an upper bound of what writeText writes, so that the text is copied once.
func textSize(nodes []Node) int {
	size := 0
	for i := range nodes {
		n := &nodes[i]
		size += len(n.Text) + 2 + textSize(n.Children)
		for _, row := range n.Rows {
			size += textSize(row) + len(row)
		}
	}
	return size
}

// writeText writes a node after a gap, unless the node has no text or is the first.
func writeText(sb *strings.Builder, n *Node, gap string) {
	put := func(s string) {
		if s == "" {
			return
		}
		if sb.Len() > 0 {
			sb.WriteString(gap)
		}
		sb.WriteString(s)
	}
	switch n.Kind {
	case FigureNode, EmbedNode:
	case ListNode:
		for i := range n.Children {
			writeText(sb, &n.Children[i], gap)
			gap = "\n"
		}
	case ItemNode:
		put(n.PlainText())
		if n.Text != "" {
			gap = "\n"
		}
		for i := range n.Children {
			writeText(sb, &n.Children[i], gap)
			gap = "\n"
		}
	case QuoteNode:
		for i := range n.Children {
			writeText(sb, &n.Children[i], gap)
		}
	case TableNode:
		for _, row := range n.Rows {
			line := gap
			for i := range row {
				if row[i].Text == "" {
					continue
				}
				if sb.Len() > 0 {
					sb.WriteString(line)
				}
				sb.WriteString(row[i].PlainText())
				line, gap = " | ", "\n"
			}
		}
	default:
		put(n.PlainText())
	}
}
