package configs

import "github.com/goccy/go-yaml/ast"

// The few things we need of a YAML tree.

// typeOf is the JSON type of a node; empty for what has none.
func typeOf(node ast.Node) string {
	switch node.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return "object"
	case *ast.SequenceNode:
		return "array"
	case *ast.StringNode, *ast.LiteralNode:
		return "string"
	case *ast.IntegerNode:
		return "integer"
	case *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		return "number"
	case *ast.BoolNode:
		return "boolean"
	case *ast.NullNode:
		return "null"
	}
	return ""
}

// line is the number of the line that a node begins in; 0: not known.
func line(node ast.Node) int {
	if node == nil || node.GetToken() == nil {
		return 0
	}
	// The token of a mapping is its first colon; the key before it is on the same line.
	return node.GetToken().Position.Line
}

func entries(node ast.Node) []*ast.MappingValueNode {
	switch n := node.(type) {
	case *ast.MappingNode:
		return n.Values
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}
	}
	return nil
}

// each calls f for every key of a mapping, in order.
func each(node ast.Node, f func(key string, value ast.Node)) {
	for _, e := range entries(node) {
		f(keyText(e), e.Value)
	}
}

func keyText(e *ast.MappingValueNode) string {
	if n, ok := e.Key.(ast.ScalarNode); ok {
		return scalar(n)
	}
	return e.Key.String()
}

func keyNode(node ast.Node, key string) ast.Node {
	var at ast.Node = node
	for _, e := range entries(node) {
		if keyText(e) == key {
			at = e.Key
		}
	}
	return at
}

func child(node ast.Node, key string) ast.Node {
	for _, e := range entries(node) {
		if keyText(e) == key {
			return e.Value
		}
	}
	return nil
}

func items(node ast.Node) []ast.Node {
	if seq, ok := node.(*ast.SequenceNode); ok {
		return seq.Values
	}
	return nil
}

func scalar(node ast.Node) string {
	switch n := node.(type) {
	case *ast.StringNode:
		return n.Value
	case *ast.LiteralNode:
		return n.Value.Value
	case *ast.NullNode:
		return ""
	}
	return node.GetToken().Value
}

func integer(n *ast.IntegerNode) (int64, bool) {
	switch v := n.Value.(type) {
	case int64:
		return v, true
	case uint64:
		return int64(v), v < 1<<62
	}
	return 0, false
}
