package cleaner

// structure turns the blocks labelled as body into nodes.
func structure(d *document) []Node {
	var body []Node
	for i, b := range d.blocks {
		if b.label.Class() != Body {
			continue
		}
		n := Node{Kind: ParagraphNode, Text: b.text, Spans: b.spans, Block: i}
		switch b.label {
		case Heading:
			n.Kind, n.Level = HeadingNode, max(2, b.level)
		case ListItem:
			n.Kind = ItemNode
			if last := len(body) - 1; last >= 0 && body[last].Kind == ListNode {
				body[last].Children = append(body[last].Children, n)
				continue
			}
			n = Node{Kind: ListNode, Children: []Node{n}, Block: -1}
		case Quote:
			n = Node{Kind: QuoteNode, Children: []Node{n}, Block: -1}
		}
		body = append(body, n)
	}
	return body
}
